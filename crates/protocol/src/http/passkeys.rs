//! Passkeys, logins and sessions.

use super::PasskeyAssertion;
use crate::Base64UrlBytes;
use serde::{Deserialize, Serialize};
use types::{CustomerId, DeviceId, PasskeyId, SessionId, Time};

/// The bank in a passkey's ceremony (WebAuthn Level 3, 5.4.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyParty {
    /// The relying party's id.
    pub id: String,
    /// The only origin at which its ceremonies take place.
    pub origin: String,
}

/// The answer to `POST /v1/passkeys/challenge`, which has no body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyOptions {
    /// The challenge of the registration.
    pub challenge: Base64UrlBytes,
    /// The bank.
    pub relying_party: PasskeyParty,
    /// The customer's user handle: a random reference, the same each time.
    pub user: Base64UrlBytes,
    /// The customer's name for the person's list of passkeys.
    pub user_name: String,
    /// The algorithms that the bank accepts, the preferred one first (COSE).
    pub algorithms: Vec<i64>,
    /// The credentials that the customer has: an authenticator with one of them makes no other.
    pub exclude: Vec<Base64UrlBytes>,
    /// How long the challenge may be answered, in milliseconds.
    pub timeout_ms: u64,
}

/// The body of `POST /v1/passkeys`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RegisterPasskey {
    /// The person's own name for the passkey.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub name: String,
    /// How the authenticator can be reached (WebAuthn Level 3, 5.8.4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transports: Vec<String>,
    /// The client data: the bytes of its JSON.
    pub client_data_json: Base64UrlBytes,
    /// The attestation object.
    pub attestation_object: Base64UrlBytes,
}

/// A registered passkey.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyRow {
    /// The passkey.
    pub passkey: PasskeyId,
    /// The person's own name for it.
    pub name: String,
    /// The device by which it was registered.
    pub device: DeviceId,
    /// When it was registered.
    pub registered: Time,
    /// When it was last used for a login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Time>,
    /// Whether it can exist on several devices.
    pub backup_eligible: bool,
    /// Whether it did when it was last used.
    pub backed_up: bool,
    /// What its attestation proves: `none`, `self` or `unverified`.
    pub attestation: String,
    /// How its authenticator can be reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transports: Vec<String>,
}

/// The answer to `GET /v1/passkeys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeysAnswer {
    /// The customer's passkeys, the oldest first.
    pub passkeys: Vec<PasskeyRow>,
}

/// The body of `POST /v1/passkeys/names`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RenamePasskey {
    /// The passkey.
    pub passkey: PasskeyId,
    /// Its new name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub name: String,
}

/// The body of `POST /v1/passkeys/removals`, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RemovePasskey {
    /// The passkey.
    pub passkey: PasskeyId,
}

/// The answer to `POST /v1/login/challenge`, which has no body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginOptions {
    /// The challenge of the login.
    pub challenge: Base64UrlBytes,
    /// The bank.
    pub relying_party: PasskeyParty,
    /// How long the challenge may be answered, in milliseconds.
    pub timeout_ms: u64,
}

/// The body of `POST /v1/login`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BeginSession {
    /// The passkey's answer to the challenge.
    pub assertion: PasskeyAssertion,
}

/// The answer to a login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionBegun {
    /// The session.
    pub session: SessionId,
    /// The JWT with which the person acts.
    pub access_token: String,
    /// When the access token expires.
    pub access_expires: Time,
    /// The secret with which this device gets the next access tokens. The bank keeps only its hash.
    pub refresh_token: String,
    /// When the session ends.
    pub expires: Time,
    /// A new channel token, for the same channels.
    pub channel_token: String,
}

/// The body of `POST /v1/sessions/refresh`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RefreshSession {
    /// The secret that the login returned.
    pub refresh_token: String,
}

/// The answer to `POST /v1/sessions/refresh`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionRefreshed {
    /// The JWT with which the person acts.
    pub access_token: String,
    /// When the access token expires.
    pub access_expires: Time,
}

/// A session of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionRow {
    /// The session.
    pub session: SessionId,
    /// Its device.
    pub device: DeviceId,
    /// The passkey of its login. `None` if it was by password, or at the bank's login provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PasskeyId>,
    /// When the login was.
    pub began: Time,
    /// When it was last refreshed.
    pub used: Time,
    /// From where it was last refreshed: an IPv4 address, or a /64 of IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// When it ends.
    pub expires: Time,
    /// Whether it is the session of this request.
    pub current: bool,
}

/// The answer to `GET /v1/sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionsAnswer {
    /// The customer's sessions, the oldest first.
    pub sessions: Vec<SessionRow>,
    /// The session at the plain pages, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plain: Option<PlainSession>,
}

/// A session of a customer at the plain pages, in a browser that is no device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlainSession {
    /// The session.
    pub session: SessionId,
    /// When the login was.
    pub began: Time,
    /// When it was last used.
    pub used: Time,
    /// From where it was last used: an IPv4 address, or a /64 of IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// When it ends, if it is not used until then.
    pub expires: Time,
}

/// The body of `POST /v1/sessions/endings`, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EndSession {
    /// The session.
    pub session: SessionId,
}

/// The body of `POST /v1/operator/unlocks`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnlockLogins {
    /// The customer.
    pub customer: CustomerId,
    /// Why the bank unlocks them, for the audit record.
    pub reason: String,
}

/// The answer to `POST /v1/operator/unlocks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginsUnlocked {
    /// How many counts of refused logins were forgotten.
    pub forgotten: usize,
}

redacted!(
    RegisterPasskey,
    PasskeyRow,
    RenamePasskey,
    BeginSession,
    SessionBegun,
    RefreshSession,
    SessionRefreshed,
    UnlockLogins
);
