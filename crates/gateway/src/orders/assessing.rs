//! The limits and the risk of an order that passed every other check.

use super::books::Acceptance;
use super::braking::{Braked, check_brakes};
use super::check::{Check, Refusal};
use super::judging::Sender;
use super::limits::{DAY_MS, Spender, check_limits, verdict_of};
use super::token_device::TokenDevice;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::ports::{
    Activity, Assessment, Candidate, CandidateDevice, History, Needs, PayeeHistory, Verdict,
};
use crate::settings::Limits;
use crate::store::intent::{self, Moved, ToPayee};
use order::{Intent, OrderKind, RiskReason};
use protocol::http::OrderChallenge;
use types::{ChallengeId, ErrorCode, Money, Time};

/// How long the bank waits for the answer to a challenge: 15 minutes.
const CHALLENGE_MS: u64 = 15 * 60 * 1000;

/// What answers a challenge, as devices are told.
const SIGNATURE: &str = "signature";
pub(super) const LOGIN: &str = "login";

/// The verdict on an order, and what it was made from.
pub(super) struct Assessed {
    pub(super) verdict: Result<Acceptance, Refusal>,
    /// What the order moves out of the customer's accounts.
    pub(super) moved: Option<Moved>,
    /// `None` if nobody was asked.
    pub(super) assessment: Option<Assessment>,
    /// What the customer had ordered to the payee then. If it has changed when the order is stored, the assessment is void.
    pub(super) to_payee: Option<ToPayee>,
}

impl Assessed {
    /// A verdict for which nobody is asked.
    pub(super) const fn without_risk(verdict: Result<Acceptance, Refusal>) -> Self {
        Self {
            verdict,
            moved: None,
            assessment: None,
            to_payee: None,
        }
    }
}

impl Gateway {
    /// Checks the brakes and limits of an order that the core bank could get, and asks about its risk if it moves money out
    /// of the customer's accounts or adds a payee.
    pub(super) async fn assess(
        &self,
        intent: &Intent,
        (sender, token): (&Sender<'_>, &TokenDevice),
        now: Time,
    ) -> Result<Assessed, Failure> {
        let moved = self.moved(intent).await?;
        let braked = self.braked(&intent.order);
        let is_judged = moved.is_some() || intent.order.kind() == OrderKind::PayeeAdd;
        if braked.is_none() && !is_judged {
            return Ok(Assessed::without_risk(Ok(Acceptance::Place)));
        }
        let statement = &sender.device.statement;
        let spender = Spender {
            customer: sender.customer,
            device: statement.device,
            enrolled: statement.time,
        };
        let order = (braked, moved.clone());
        let limits = (self.banks_limits(statement), now);
        let (to_payee, activity) = match self.before(spender, order, limits).await? {
            Ok(before) => before,
            Err(refusal) => return Ok(Assessed::without_risk(Err(refusal))),
        };
        if !is_judged {
            return Ok(Assessed::without_risk(Ok(Acceptance::Place)));
        }
        let currency = self.0.settings.voucher_limit.currency();
        let money = |minor_units| Money::new(minor_units, currency);
        let [day, day_of_device] = activity.map(|(orders, minor_units)| Activity {
            orders,
            moved: money(minor_units),
        });
        let candidate = Candidate {
            intent: intent.intent,
            customer: intent.customer.clone(),
            device: CandidateDevice {
                id: statement.device,
                form: statement.form,
                enrolled: statement.time,
                verdict: verdict_of(statement),
            },
            order: intent.order.clone(),
            moves: moved.as_ref().map(|moved| money(moved.minor_units)),
            received: now,
            session: token.issued,
            address: token.address,
            history: History {
                payee: to_payee.map(|before| PayeeHistory {
                    first: before.first,
                    moved: money(before.minor_units),
                }),
                day,
                day_of_device,
            },
        };
        let asked = self.0.risk.assess(&candidate).await;
        let assessment = asked.map_err(Failure::Risk)?;
        let verdict = match assessment.verdict {
            Verdict::Approve => Ok(Acceptance::Place),
            Verdict::Challenge(needs) => {
                let expires = now.plus_ms(CHALLENGE_MS).min(intent.not_after);
                let challenge = challenge(needs, &assessment.reasons, expires)?;
                Ok(Acceptance::Challenge(challenge))
            }
            Verdict::Decline => Err(declined(&assessment.reasons)),
        };
        Ok(Assessed {
            verdict,
            moved,
            assessment: Some(assessment),
            to_payee,
        })
    }

    /// What the customer ordered to the payee before, and in the last 24 hours with all devices and with this one; or the
    /// brake that stops the order, or the limit that it exceeds.
    async fn before(
        &self,
        spender: Spender,
        (braked, moved): (Option<Braked>, Option<Moved>),
        (limits, now): (Limits, Time),
    ) -> Result<Result<(Option<ToPayee>, [(u64, i64); 2]), Refusal>, Failure> {
        let limits = (limits, now);
        self.0
            .database
            .read(async move |tx| {
                if let Some(braked) = &braked {
                    let order = (braked, moved.as_ref());
                    if let Err(refusal) = check_brakes(tx, spender.customer, order, now).await? {
                        return Ok(Err(refusal));
                    }
                }
                let to_payee = match &moved {
                    Some(moved) => match check_limits(tx, spender, moved, limits).await? {
                        Ok(to_payee) => Some(to_payee),
                        Err(refusal) => return Ok(Err(refusal)),
                    },
                    None => None,
                };
                let who = (spender.customer, spender.device);
                let activity = intent::activity_since(tx, who, now.minus_ms(DAY_MS)).await?;
                Ok::<_, Failure>(Ok((to_payee, activity)))
            })
            .await
    }
}

/// A new challenge.
fn challenge(
    needs: Needs,
    reasons: &[RiskReason],
    expires: Time,
) -> Result<OrderChallenge, Failure> {
    let needs: &[&str] = match needs {
        Needs::Signature => &[SIGNATURE],
        Needs::SignatureAndLogin => &[SIGNATURE, LOGIN],
    };
    let mut challenge = [0; ChallengeId::LENGTH];
    getrandom::fill(&mut challenge)?;
    Ok(OrderChallenge {
        challenge: ChallengeId::new(challenge),
        needs: needs.iter().map(|&word| word.to_owned()).collect(),
        reasons: reasons.iter().map(RiskReason::to_string).collect(),
        expires,
    })
}

fn declined(reasons: &[RiskReason]) -> Refusal {
    let refusal = Refusal::new(Check::Risk, ErrorCode::OrderDeclined, "declined");
    let words: Vec<_> = reasons.iter().map(RiskReason::as_str).collect();
    match words.is_empty() {
        true => refusal,
        false => refusal.with_detail(words.join(", ")),
    }
}
