//! The security event token (RFC 8417): what an app is told that has a person's permission.

use crate::TokenType;
use crate::claimed::sign;
use envelope::{Signer, SigningFailed};
use serde::Serialize;
use types::{ClientId, IntentId, Time};

/// What changed for a person. It says that there is something to read, and not what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientEvent {
    /// A balance, a transaction, or which accounts the person holds.
    AccountsChanged,
    /// What became of a payment that the app prepared.
    PaymentChanged(IntentId),
}

/// The claims of an event token. It has no `exp`, because it states what happened (RFC 8417, 2.2). Times are whole seconds on the
/// wire. The bank only makes event tokens, and never accepts one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventToken {
    /// `iss`: the bank's public URL.
    pub issuer: String,
    /// `aud`: the app.
    pub client: ClientId,
    /// `sub_id`: the person, by the reference that this app has (RFC 9493, 3.2.3).
    pub subject: String,
    /// `jti`: the same whenever this event is sent, and unlike that of every other token.
    pub id: String,
    /// `iat`: when it was issued.
    pub issued: Time,
    /// `events`: what changed.
    pub event: ClientEvent,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub_id: Subject<'a>,
    jti: &'a str,
    iat: u64,
    events: Events,
}

#[derive(Serialize)]
struct Subject<'a> {
    format: &'a str,
    iss: &'a str,
    sub: &'a str,
}

#[derive(Serialize)]
enum Events {
    #[serde(rename = "urn:passbook:event:accounts-changed")]
    Accounts {},
    #[serde(rename = "urn:passbook:event:payment-changed")]
    Payment { initiation: IntentId },
}

impl EventToken {
    /// The token, signed with the issuer's key.
    pub fn sign(&self, issuer: &dyn Signer) -> Result<String, SigningFailed> {
        let claims = Claims {
            iss: &self.issuer,
            aud: self.client.as_str(),
            sub_id: Subject {
                format: "iss_sub",
                iss: &self.issuer,
                sub: &self.subject,
            },
            jti: &self.id,
            iat: self.issued.seconds(),
            events: match self.event {
                ClientEvent::AccountsChanged => Events::Accounts {},
                ClientEvent::PaymentChanged(initiation) => Events::Payment { initiation },
            },
        };
        sign(TokenType::Event, &claims, issuer)
    }
}
