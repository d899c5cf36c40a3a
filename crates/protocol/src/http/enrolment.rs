//! `POST /v1/enrolment/challenge` and `POST /v1/enrolment`.

use super::SignedSnapshot;
use crate::{Base64UrlBytes, ChannelKind};
use serde::{Deserialize, Serialize};
use std::fmt;
use types::{ChannelId, DeviceId, Generation, Nonce, PublicKey};

/// The answer to `POST /v1/enrolment/challenge`. The request has no body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Challenge {
    /// The nonce that the device must sign.
    pub nonce: Nonce,
    /// The key that the device's agreement key agrees with to make the MAC's key.
    pub ephemeral: PublicKey,
}

/// The body of `POST /v1/enrolment`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EnrolmentRequest {
    /// A Sign1 by the session key. It embeds the enrolment.
    pub session: Base64UrlBytes,
    /// A Sign1 by the approval key. It embeds the same enrolment.
    pub approval: Base64UrlBytes,
    /// HMAC-SHA256 of the enrolment, with the key that the agreement key and the ephemeral key agree on.
    pub mac: Base64UrlBytes,
    /// The 16 characters of the activation code.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9A-HJKMNP-TV-Z]{16}$"))]
    pub code: String,
    /// What the device's platform attests of the app and its keys, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<DeviceAttestation>,
}

/// What a device's platform attests. It is verified for itself, and refuses no enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceAttestation {
    /// The format: `android_key`, `app_attest`, `play_integrity`.
    pub format: String,
    /// The nonce of the challenge for which it was made: this enrolment's, or an earlier one of the day.
    pub nonce: Nonce,
    /// The attestation.
    pub object: Base64UrlBytes,
}

/// A channel that the token opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelGiven {
    /// The channel.
    pub channel: ChannelId,
    /// The channel's kind.
    pub kind: ChannelKind,
    /// The channel's current generation.
    pub generation: Generation,
}

/// The answer to an enrolment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolmentAnswer {
    /// The device's id, as enrolled.
    pub device: DeviceId,
    /// The JWT that lets the device read its channels.
    pub channel_token: String,
    /// The channels that the token opens. The customer's own channel comes first.
    pub channels: Vec<ChannelGiven>,
    /// The grant of the current key epoch: a Sign1.
    pub grant: Base64UrlBytes,
    /// The trust list: a Sign1.
    pub trust: Base64UrlBytes,
    /// A fresh snapshot. It has no nonce.
    pub snapshot: SignedSnapshot,
    /// The verdict on the device's attestation: words with a space between them, the level first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
}

/// The answer to `POST /v1/token`, which renews a channel token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenewedToken {
    /// The new JWT that lets the device read its channels. The previous token stays valid until it expires.
    pub channel_token: String,
}

impl fmt::Debug for EnrolmentAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolmentAnswer")
            .field("device", &self.device)
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}

redacted!(EnrolmentRequest, RenewedToken);
