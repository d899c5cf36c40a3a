//! A customer's password, and the authenticator app beside it.

use crate::Base64UrlBytes;
use serde::{Deserialize, Serialize};
use types::{DeviceId, Time};

/// The answer to `GET /v1/password`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordState {
    /// When the password was set. `None` if the customer has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Time>,
    /// The device by which it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
}

/// The answer to `POST /v1/password/beginnings`: a new secret for the authenticator app.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordBegun {
    /// What `POST /v1/password` gives back.
    pub enrolment: Base64UrlBytes,
    /// The secret, as an authenticator app takes it: Base32 (RFC 4648) without padding.
    pub secret: String,
    /// The same as a URI, for a QR code: `otpauth://totp/…`.
    pub uri: String,
    /// Until when the password may be set with it.
    pub expires: Time,
}

/// The body of `POST /v1/password`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// What `POST /v1/password/beginnings` answered.
    pub enrolment: Base64UrlBytes,
    /// The new password.
    #[cfg_attr(feature = "openapi", schema(min_length = 12, max_length = 128))]
    pub password: String,
    /// The app's present code (RFC 6238): 6 digits.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9]{6}$"))]
    pub code: String,
}

/// The body of `POST /v1/login/password`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LogInByPassword {
    /// The password.
    pub password: String,
    /// The app's present code, or one that the bank sent for this device. Each is good once.
    pub code: String,
}

/// How the bank sends a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CodeBy {
    /// By SMS.
    Sms,
    /// By mail.
    Mail,
}

/// The body of `POST /v1/login/password/codes`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AskLoginCode {
    /// The password.
    pub password: String,
    /// How the code is to be sent.
    pub by: CodeBy,
}

/// The answer to `POST /v1/login/password/codes`, whether the password is right or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginCodeAsked {
    /// Until when the code is good, if one was sent.
    pub expires: Time,
}

redacted!(PasswordBegun, SetPassword, LogInByPassword, AskLoginCode);
