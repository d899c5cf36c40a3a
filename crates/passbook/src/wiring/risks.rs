//! Implements gateway's port to the judge of risks: the limits of `[orders]` and the rules of risk, of which the stricter holds.

use super::locations::Locations;
use crate::config::Config;
use async_trait::async_trait;
use gateway::Policy;
use gateway::ports::{Assessment, Candidate, Needs, PortError, Risk as Judge, Verdict};
use operator::DataDirectory;
use order::{Order, OrderKind, RiskReason};
use risk::ports::Places;
use risk::{Asked, Device, Neighbours, Risk, Settings};
use risk_rules::{Action, Kind};
use std::sync::Arc;
use std::time::Duration;
use types::Clock;
use vault::Vault;

/// Why the rules have an order approved again, or decline it. It tells nobody which rule did.
const REASON: &str = "security_check";

/// Opens the judge of risks.
pub(super) async fn open(
    config: &Config,
    directory: &DataDirectory,
    (vault, clock): (Arc<dyn Vault>, Clock),
) -> anyhow::Result<Risk> {
    let places = config.risk.locations.as_deref().map(Locations::read);
    let places = places.transpose()?;
    let neighbours = Neighbours {
        vault,
        places: places.map(|places| -> Arc<dyn Places> { Arc::new(places) }),
        callouts: Vec::new(),
        clock,
    };
    let settings = Settings {
        time_zone: config.bank.time_zone.clone(),
    };
    Ok(Risk::open(directory.risk_database(), settings, neighbours).await?)
}

/// The judge of orders: the limits, and the rules on top where the bank has them judge.
pub(super) fn judge(config: &Config, rules: &Risk) -> Arc<dyn Judge> {
    if config.risk.judges {
        Arc::new(Risks::new(config, rules.clone()))
    } else {
        Arc::new(config.orders.policy())
    }
}

/// The limits, and the rules on top.
struct Risks {
    limits: Policy,
    rules: Risk,
    /// Whether the rules' verdict holds, or is only recorded.
    binding: bool,
    deadline: Duration,
    /// What an order may move without a decision before it is challenged, and before it is declined, in minor units.
    unanswered: [i64; 2],
}

impl Risks {
    fn new(config: &Config, rules: Risk) -> Self {
        let minor_units = |units| config.orders.minor_units(units);
        let Config { risk, orders, .. } = config;
        Self {
            limits: orders.policy(),
            rules,
            binding: risk.binding,
            deadline: risk.deadline(),
            unanswered: [
                minor_units(risk.unanswered_challenge_above),
                minor_units(risk.unanswered_decline_above),
            ],
        }
    }

    /// The verdict of the rules, or the safe one if there is none in time.
    async fn verdict_of_rules(&self, candidate: &Candidate) -> Verdict {
        let Some(asked) = asked(candidate) else {
            return Verdict::Approve;
        };
        let judged = tokio::time::timeout(self.deadline, self.rules.judge(asked)).await;
        let problem = match judged {
            Ok(Ok(decision)) => return verdict(decision.action),
            Ok(Err(failure)) => types::error_chain(&failure),
            Err(_) => "the decision was not made in time".to_owned(),
        };
        tracing::error!(intent = %candidate.intent, "an order's risk is not judged: {problem}");
        safe_verdict(asked_amount(candidate), self.unanswered)
    }
}

#[async_trait]
impl Judge for Risks {
    async fn assess(&self, candidate: &Candidate) -> Result<Assessment, PortError> {
        let of_limits = self.limits.assess(candidate).await?;
        let of_rules = self.verdict_of_rules(candidate).await;
        Ok(match self.binding {
            true => stricter(of_limits, of_rules),
            false => of_limits,
        })
    }

    fn unchallenged_to_new_payee(&self) -> Option<i64> {
        self.limits.unchallenged_to_new_payee()
    }

    fn without_login(&self) -> Option<i64> {
        self.limits.without_login()
    }
}

fn stricter(of_limits: Assessment, of_rules: Verdict) -> Assessment {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Approve => 0,
        Verdict::Challenge(Needs::Signature) => 1,
        Verdict::Challenge(Needs::SignatureAndLogin) => 2,
        Verdict::Decline => 3,
    };
    let mut assessment = of_limits;
    if of_rules != Verdict::Approve {
        assessment
            .reasons
            .push(RiskReason::Other(REASON.to_owned()));
    }
    if rank(&of_rules) > rank(&assessment.verdict) {
        assessment.verdict = of_rules;
    }
    assessment
}

/// What an action of the rules comes to for an order. Where customer service is alerted, the person approves it again, too.
const fn verdict(action: Action) -> Verdict {
    match action {
        Action::Allow => Verdict::Approve,
        Action::Alert => Verdict::Challenge(Needs::Signature),
        Action::IncreaseAuthentication => Verdict::Challenge(Needs::SignatureAndLogin),
        Action::Deny => Verdict::Decline,
    }
}

const fn safe_verdict(amount: i64, [challenge_above, decline_above]: [i64; 2]) -> Verdict {
    if amount > decline_above {
        Verdict::Decline
    } else if amount > challenge_above {
        Verdict::Challenge(Needs::SignatureAndLogin)
    } else {
        Verdict::Approve
    }
}

fn asked_amount(candidate: &Candidate) -> i64 {
    candidate.moves.map_or(0, |moves| moves.minor_units())
}

/// The order as the judge is asked about it. `None` if it moves nothing and adds no payee.
fn asked(candidate: &Candidate) -> Option<Asked> {
    let order: &Order = &candidate.order;
    let kind = match order.kind() {
        OrderKind::Transfer => Kind::Transfer,
        OrderKind::Bill => Kind::Bill,
        OrderKind::Standing => Kind::Standing,
        OrderKind::PayeeAdd => Kind::PayeeAdd,
        OrderKind::StandingEnd | OrderKind::Cancel | OrderKind::PayeeRemove => return None,
    };
    let payee = order.creditor().map(|creditor| {
        let scheme = creditor.scheme.as_str().to_owned();
        (scheme, creditor.identification.clone())
    });
    let history = candidate.history.payee;
    Some(Asked {
        id: candidate.intent.to_string(),
        kind,
        customer: candidate.customer.clone(),
        device: Device {
            id: candidate.device.id,
            form: candidate.device.form,
            verdict: candidate.device.verdict.clone(),
            enrolled: candidate.device.enrolled,
            // gateway has checked that ciam enrolled the device for the customer.
            is_customers: true,
        },
        amount: asked_amount(candidate),
        debit_account: order.debit_account().map(str::to_owned),
        payee,
        new_payee: history.map(|history| history.first.is_none()),
        received: candidate.received,
        address: candidate.address,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_verdict_holds_and_the_rules_give_one_reason() {
        let signature = Verdict::Challenge(Needs::Signature);
        let login = Verdict::Challenge(Needs::SignatureAndLogin);
        let strictness = [Verdict::Approve, signature, login, Verdict::Decline];
        for (limits, of_limits) in strictness.into_iter().enumerate() {
            for (rules, of_rules) in strictness.into_iter().enumerate() {
                let assessment = Assessment {
                    verdict: of_limits,
                    reasons: vec![RiskReason::LargeAmount],
                };
                let together = stricter(assessment, of_rules);
                assert_eq!(together.verdict, strictness[limits.max(rules)]);
                let reasons: Vec<_> = together.reasons.iter().map(RiskReason::as_str).collect();
                match rules {
                    0 => assert_eq!(reasons, ["large_amount"]),
                    _ => assert_eq!(reasons, ["large_amount", "security_check"]),
                }
            }
        }
        assert!(REASON.parse::<RiskReason>().is_ok());
    }

    #[test]
    fn without_a_decision_the_amount_decides() {
        let check = |amount, wanted: Verdict| {
            assert_eq!(safe_verdict(amount, [1_000, 20_000]), wanted, "{amount}");
        };
        check(0, Verdict::Approve);
        check(1_000, Verdict::Approve);
        check(1_001, Verdict::Challenge(Needs::SignatureAndLogin));
        check(20_000, Verdict::Challenge(Needs::SignatureAndLogin));
        check(20_001, Verdict::Decline);
    }
}
