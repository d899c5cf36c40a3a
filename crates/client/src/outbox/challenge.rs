//! The bank's challenge: it accepted an order, and asks the person to approve it again.

use crate::seal::SealedError;
use order::{Locale, RiskReason};
use protocol::cbor::{Fields, FromValue as _, Value};
use protocol::cbor_array;
use protocol::http::OrderChallenge;
use types::{ChallengeId, Time};

/// The answers that this version can give.
const SIGNATURE: &str = "signature";
const LOGIN: &str = "login";

/// The bank's challenge to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    pub(crate) challenge: ChallengeId,
    needs: Vec<String>,
    reasons: Vec<RiskReason>,
    expires: Time,
}

impl Challenge {
    /// Why the bank asks.
    #[must_use]
    pub fn reasons(&self) -> &[RiskReason] {
        &self.reasons
    }

    /// The last moment at which the bank accepts the approval.
    #[must_use]
    pub const fn expires(&self) -> Time {
        self.expires
    }

    /// Whether this version can give what the bank asks for.
    #[must_use]
    pub fn can_be_answered(&self) -> bool {
        let known = [SIGNATURE, LOGIN];
        self.needs.iter().all(|need| known.contains(&need.as_str()))
    }

    /// Whether the bank accepts the approval only after a login on this device that is later than the order.
    #[must_use]
    pub fn needs_login(&self) -> bool {
        self.needs.iter().any(|need| need == LOGIN)
    }

    /// Says to a person what the bank asks for, and why.
    #[must_use]
    pub(crate) fn text(&self, locale: Locale) -> String {
        let asks = match (self.can_be_answered(), self.needs_login(), locale) {
            (true, false, Locale::En) => "the bank asks you to approve it again",
            (true, false, Locale::Th) => "ธนาคารขอให้คุณอนุมัติรายการนี้อีกครั้ง",
            (true, true, Locale::En) => "the bank asks you to log in and to approve it again",
            (true, true, Locale::Th) => "ธนาคารขอให้คุณเข้าสู่ระบบและอนุมัติรายการนี้อีกครั้ง",
            (false, _, Locale::En) => {
                "the bank asks for an approval that this app cannot give; update the app"
            }
            (false, _, Locale::Th) => "ธนาคารขอการอนุมัติที่แอปนี้ทำไม่ได้ โปรดอัปเดตแอป",
        };
        let reasons = self.reasons.iter().map(|reason| reason.text(locale));
        let reasons: Vec<_> = reasons.collect();
        match reasons.is_empty() {
            true => asks.to_owned(),
            false => format!("{asks}: {}", reasons.join(" ")),
        }
    }

    pub(crate) fn encode(&self) -> Value {
        let words =
            |words: Vec<&str>| -> Vec<Value> { words.into_iter().map(Value::from).collect() };
        cbor_array![
            self.challenge,
            words(self.needs.iter().map(String::as_str).collect()),
            words(self.reasons.iter().map(RiskReason::as_str).collect()),
            self.expires,
        ]
    }

    pub(crate) fn decode(value: Value) -> Result<Self, SealedError> {
        let mut fields = Fields::new(Vec::from_value(value)?);
        let challenge = fields.take()?;
        let needs = words(fields.take()?)?;
        let reasons = words(fields.take()?)?;
        Ok(Self {
            challenge,
            needs,
            reasons: known(reasons),
            expires: fields.take()?,
        })
    }
}

impl From<OrderChallenge> for Challenge {
    fn from(asked: OrderChallenge) -> Self {
        Self {
            challenge: asked.challenge,
            needs: asked.needs,
            reasons: known(asked.reasons),
            expires: asked.expires,
        }
    }
}

fn words(values: Vec<Value>) -> Result<Vec<String>, SealedError> {
    let words = values
        .into_iter()
        .map(|value| Ok(String::from_value(value)?));
    words.collect()
}

/// The reasons among words: what is no word is left out.
fn known(words: Vec<String>) -> Vec<RiskReason> {
    words.iter().filter_map(|word| word.parse().ok()).collect()
}
