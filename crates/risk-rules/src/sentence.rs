//! A decision in a sentence that a representative of customer service can read out.

use crate::features::{Features, Kind};
use crate::rule::{Check, Rule};
use crate::score::{Action, Overridden, Score};

/// What became of it, and why.
pub(crate) fn sentence(
    score: Score,
    decisive: Option<&Rule>,
    overridden: Option<&Overridden>,
    features: &Features,
) -> String {
    let what = match features.transaction.kind {
        Kind::Login => "login",
        Kind::Transfer => "transfer",
        Kind::Bill => "payment of a bill",
        Kind::Standing => "standing order",
        Kind::PayeeAdd => "new payee",
    };
    let became = match score.action() {
        Action::Allow => "was let through",
        Action::Alert => "was shown to customer service and needs another confirmation",
        Action::IncreaseAuthentication => "needs another proof of who orders it",
        Action::Deny => "was declined",
    };
    let why = match (overridden, decisive) {
        (Some(overridden), _) => format!(
            "the bank's check `{}` set the score, which was {} by the rules",
            overridden.callout, overridden.before
        ),
        (None, Some(rule)) => cause(rule, features),
        (None, None) => "no rule speaks against it".to_owned(),
    };
    format!("The {what} {became} (score {score} of 100), because {why}.")
}

/// What a representative asks the customer, or whoever is at the telephone. `None` if nobody has to ask.
pub(crate) fn question(score: Score, decisive: Option<&Rule>) -> Option<String> {
    if matches!(score.action(), Action::Allow | Action::Deny) {
        return None;
    }
    let question = match decisive.map(|rule| &rule.check) {
        Some(Check::UnknownUser) => {
            "Ask for the name, the birthday and an identity document, and look for the customer's number."
        }
        Some(Check::UnknownDevice | Check::NotAssociated | Check::FingerprintMismatch) => {
            "Call the number on file. Ask which device the customer uses, and since when."
        }
        Some(Check::UserVelocity { .. } | Check::DeviceVelocity { .. }) => {
            "Ask for the amounts and payees of the last orders, and whether somebody else uses the device."
        }
        Some(Check::ZoneHopping { .. } | Check::NegativeCountry | Check::UntrustedAddress) => {
            "Ask where the customer is now and was before, and whether they use a VPN."
        }
        _ => {
            "Ask who the payee is, how the customer knows them, and whether anybody told the customer to pay."
        }
    };
    Some(question.to_owned())
}

fn cause(rule: &Rule, features: &Features) -> String {
    if let Some(says) = &rule.says {
        return says.trim_end_matches('.').to_owned();
    }
    let history = &features.history;
    match &rule.check {
        Check::ExceptionUser => "the customer is on the bank's list of exceptions".to_owned(),
        Check::UntrustedAddress => {
            "it came from an internet address that the bank does not trust".to_owned()
        }
        Check::NegativeCountry => match features.location.country {
            Some(country) => {
                format!("it came from a country that the bank accepts nothing from, {country}")
            }
            None => "it came from a country that the bank accepts nothing from".to_owned(),
        },
        Check::TrustedAddress => "it came from an internet address that the bank trusts".to_owned(),
        Check::UnknownUser => "the bank does not know the customer".to_owned(),
        Check::UnknownDevice => "the bank does not know the device".to_owned(),
        Check::NotAssociated => "the device is not one of the customer's".to_owned(),
        Check::FingerprintMismatch => "the device looks other than it did the last time".to_owned(),
        Check::UserVelocity { times } => format!(
            "it is number {} of the customer within an hour, and the bank expects at most {times}",
            history.user_hour.saturating_add(1)
        ),
        Check::DeviceVelocity { times } => format!(
            "it is number {} on the device within an hour, and the bank expects at most {times}",
            history.device_hour.saturating_add(1)
        ),
        Check::ZoneHopping { .. } => match features.location.hop {
            Some(hop) => format!(
                "the customer was {:.0} miles away {:.0} minutes before, and nobody travels so fast",
                hop.miles, hop.minutes
            ),
            None => "the customer was too far away before".to_owned(),
        },
        Check::Expression(_) => format!("the bank's rule `{}` matches", rule.name),
    }
}
