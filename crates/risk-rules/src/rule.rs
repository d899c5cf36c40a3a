//! The rules: what each looks at, and when it matches.

use crate::features::{AddressList, Features};
use crate::score::Score;
use serde::{Deserialize, Serialize};

/// A rule of a rule set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name in the rule set: 1 to 64 small letters, digits and underscores.
    pub name: String,
    /// What it looks at.
    pub check: Check,
    /// The score of what it matches, if no rule before it does. A rule with score 0 never decides: it is only recorded.
    pub score: Score,
    /// What a representative of customer service says of it, as the end of a sentence after "because". The rules of
    /// RiskFort have words of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
}

/// What a rule looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// The customer is on the list of exceptions.
    ExceptionUser,
    /// The address is on the list of untrusted ones.
    UntrustedAddress,
    /// The address is in a country on the list of negative ones.
    NegativeCountry,
    /// The address is on the list of trusted ones.
    TrustedAddress,
    /// The bank does not know the customer.
    UnknownUser,
    /// The bank does not know the device.
    UnknownDevice,
    /// The device is not the customer's.
    NotAssociated,
    /// The device looks other than before.
    FingerprintMismatch,
    /// The customer has ordered or logged in too often in 60 minutes.
    UserVelocity {
        /// How often is not too often. What is judged counts as one more.
        times: u32,
    },
    /// The same of the device, with all its customers.
    DeviceVelocity {
        /// How often is not too often.
        times: u32,
    },
    /// The customer would have travelled faster than people do.
    ZoneHopping {
        /// How fast people travel.
        miles_an_hour: u32,
        /// How far off an address's place may be: so much of the way is not counted.
        uncertainty_miles: u32,
    },
    /// An expression in CEL is true. The name of each feature is in [`Features`].
    Expression(String),
}

/// What came of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Matches,
    DoesNotMatch,
    /// It cannot be told, and why.
    Unknown(String),
}

impl From<bool> for Outcome {
    fn from(matches: bool) -> Self {
        match matches {
            true => Self::Matches,
            false => Self::DoesNotMatch,
        }
    }
}

fn known(matches: Option<bool>, why_not: impl FnOnce() -> String) -> Outcome {
    matches.map_or_else(|| Outcome::Unknown(why_not()), Outcome::from)
}

impl Check {
    /// Whether it matches. `None` for an expression, which is compiled first.
    pub(crate) fn outcome(&self, features: &Features) -> Option<Outcome> {
        let Features {
            user,
            device,
            location,
            history,
            ..
        } = features;
        let no_place = || match &location.unlocated {
            Some(reason) => format!("the place is not known: {}", word(reason)),
            None => "no earlier place is known".to_owned(),
        };
        Some(match self {
            Self::ExceptionUser => user.exception.into(),
            Self::UntrustedAddress => (location.list == Some(AddressList::Untrusted)).into(),
            Self::NegativeCountry => known(location.negative_country, no_place),
            Self::TrustedAddress => (location.list == Some(AddressList::Trusted)).into(),
            Self::UnknownUser => (!user.known).into(),
            Self::UnknownDevice => (!device.known).into(),
            Self::NotAssociated => (!device.associated).into(),
            Self::FingerprintMismatch => {
                let differs = device.fingerprint_matches.map(|matches| !matches);
                known(differs, || "the device was not seen before".to_owned())
            }
            Self::UserVelocity { times } => (history.user_hour >= *times).into(),
            Self::DeviceVelocity { times } => (history.device_hour >= *times).into(),
            Self::ZoneHopping {
                miles_an_hour,
                uncertainty_miles,
            } => {
                let too_fast = location.hop.map(|hop| {
                    let travelled = hop.miles - f64::from(*uncertainty_miles);
                    travelled > f64::from(*miles_an_hour) * hop.minutes / 60.0
                });
                known(too_fast, no_place)
            }
            Self::Expression(_) => return None,
        })
    }
}

/// The word of a variant as it is serialized.
fn word(of: &impl Serialize) -> String {
    match serde_json::to_value(of) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
