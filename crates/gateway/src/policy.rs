//! The bank's policy for risky orders, by settings.

use crate::ports::{Assessment, Candidate, Needs, PortError, Risk, Verdict};
use async_trait::async_trait;
use order::RiskReason;

/// A policy with settings. It needs no data of its own and never fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Orders to a new payee are challenged if they move more than this together, in minor units of the limits'
    /// currency. `None` if none is.
    pub challenge_new_payee_above: Option<i64>,
    /// An order is challenged, and needs a login, if it moves more than this, in minor units of the limits' currency.
    /// `None` if none does.
    pub challenge_login_above: Option<i64>,
    /// How long a payee is new after the first order to it, in milliseconds.
    pub cooling_off_ms: u64,
}

#[async_trait]
impl Risk for Policy {
    async fn assess(&self, candidate: &Candidate) -> Result<Assessment, PortError> {
        let (is_large, to_new_payee) =
            (self.is_large(candidate), self.goes_to_new_payee(candidate));
        let verdict = match (is_large, to_new_payee) {
            (true, _) => Verdict::Challenge(Needs::SignatureAndLogin),
            (false, true) => Verdict::Challenge(Needs::Signature),
            (false, false) => Verdict::Approve,
        };
        let reasons = [
            (is_large, RiskReason::LargeAmount),
            (to_new_payee, RiskReason::NewPayee),
        ];
        let reasons = reasons.into_iter().filter(|(holds, _)| *holds);
        Ok(Assessment {
            verdict,
            reasons: reasons.map(|(_, reason)| reason).collect(),
        })
    }

    fn unchallenged_to_new_payee(&self) -> Option<i64> {
        self.challenge_new_payee_above
    }

    fn without_login(&self) -> Option<i64> {
        self.challenge_login_above
    }
}

impl Policy {
    fn is_large(&self, candidate: &Candidate) -> bool {
        let moves = candidate.moves.zip(self.challenge_login_above);
        moves.is_some_and(|(moves, above)| moves.minor_units() > above)
    }

    fn goes_to_new_payee(&self, candidate: &Candidate) -> bool {
        let (Some(above), Some(moves), Some(payee)) = (
            self.challenge_new_payee_above,
            candidate.moves,
            candidate.history.payee,
        ) else {
            return false;
        };
        let cooling_off = |first: types::Time| first.plus_ms(self.cooling_off_ms);
        let is_new = payee
            .first
            .is_none_or(|first| candidate.received < cooling_off(first));
        let together = payee
            .moved
            .minor_units()
            .saturating_add(moves.minor_units());
        is_new && together > above
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{Activity, CandidateDevice, History, PayeeHistory};
    use order::{Creditor, Order, OrderFields, OrderKind, Scheme};
    use types::{Currency, DeviceForm, DeviceId, DeviceVerdict, IntentId, Money, Time};

    const NOW: Time = Time::from_ms(1_790_000_000_000);

    fn czk(minor_units: i64) -> Money {
        Money::new(minor_units, Currency::CZK)
    }

    fn candidate(moves: Option<i64>, payee: Option<(Option<Time>, i64)>) -> Candidate {
        let order = Order::new(OrderFields {
            creditor: Some(Creditor::new(Scheme::Account, "704")),
            ..OrderFields::new(OrderKind::PayeeAdd)
        });
        let nothing = Activity {
            orders: 0,
            moved: czk(0),
        };
        Candidate {
            intent: IntentId::at(NOW, [1; 10]),
            customer: "692".parse().unwrap(),
            device: CandidateDevice {
                id: DeviceId::at(NOW, [2; 10]),
                form: DeviceForm::App,
                enrolled: NOW,
                verdict: DeviceVerdict::NONE,
            },
            order: order.unwrap(),
            moves: moves.map(czk),
            received: NOW,
            session: NOW,
            address: None,
            history: History {
                payee: payee.map(|(first, moved)| PayeeHistory {
                    first,
                    moved: czk(moved),
                }),
                day: nothing,
                day_of_device: nothing,
            },
        }
    }

    #[tokio::test]
    async fn it_challenges_what_a_new_payee_gets_together_above_the_amount() {
        let policy = Policy {
            challenge_new_payee_above: Some(1_000),
            challenge_login_above: None,
            cooling_off_ms: 60_000,
        };
        let check = async |policy: Policy, moves, payee, challenges: bool| {
            let answer = policy.assess(&candidate(moves, payee)).await.unwrap();
            let (verdict, reasons) = match challenges {
                true => (
                    Verdict::Challenge(Needs::Signature),
                    vec![RiskReason::NewPayee],
                ),
                false => (Verdict::Approve, vec![]),
            };
            assert_eq!(answer, Assessment { verdict, reasons });
        };
        let new = Some((None, 0));
        check(policy, Some(1_000), new, false).await;
        check(policy, Some(1_001), new, true).await;
        let minute_ago = NOW.minus_ms(60_000);
        check(
            policy,
            Some(500),
            Some((Some(minute_ago.plus_ms(1)), 501)),
            true,
        )
        .await;
        check(
            policy,
            Some(500),
            Some((Some(minute_ago.plus_ms(1)), 500)),
            false,
        )
        .await;
        check(policy, Some(9_999), Some((Some(minute_ago), 501)), false).await;
        check(policy, Some(i64::MAX), Some((None, i64::MAX)), true).await;
        check(policy, None, None, false).await;
        let never = Policy {
            challenge_new_payee_above: None,
            ..policy
        };
        check(never, Some(i64::MAX), new, false).await;
    }

    #[tokio::test]
    async fn what_moves_more_than_the_amount_needs_a_login_whoever_gets_it() {
        let policy = Policy {
            challenge_new_payee_above: Some(1_000),
            challenge_login_above: Some(5_000),
            cooling_off_ms: 60_000,
        };
        let check = async |moves, payee, needs: Option<Needs>, reasons: &[RiskReason]| {
            let answer = policy.assess(&candidate(moves, payee)).await.unwrap();
            let verdict = needs.map_or(Verdict::Approve, Verdict::Challenge);
            let reasons = reasons.to_vec();
            assert_eq!(answer, Assessment { verdict, reasons });
        };
        let (login, signature) = (Needs::SignatureAndLogin, Needs::Signature);
        let known = Some((Some(NOW.minus_ms(60_000)), 0));
        let new = Some((None, 0));
        let (large, new_payee) = (RiskReason::LargeAmount, RiskReason::NewPayee);
        check(Some(5_000), known, None, &[]).await;
        check(
            Some(5_001),
            known,
            Some(login),
            std::slice::from_ref(&large),
        )
        .await;
        check(Some(5_001), None, Some(login), std::slice::from_ref(&large)).await;
        check(
            Some(5_000),
            new,
            Some(signature),
            std::slice::from_ref(&new_payee),
        )
        .await;
        check(Some(5_001), new, Some(login), &[large, new_payee]).await;
        check(None, None, None, &[]).await;
    }
}
