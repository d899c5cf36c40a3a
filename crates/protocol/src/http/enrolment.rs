//! `POST /v1/enrolment/challenge` and `POST /v1/enrolment`.

use super::SignedSnapshot;
use crate::{Base64UrlBytes, ChannelKind};
use serde::{Deserialize, Serialize};
use std::fmt;
use types::{ChannelId, DeviceId, Generation, Nonce, PublicKey};

/// What ciam answers to `POST /v1/enrolment/challenge`, whose body is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// To be signed.
    pub nonce: Nonce,
    /// To agree with on the key of the MAC.
    pub ephemeral: PublicKey,
}

/// The body of `POST /v1/enrolment`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentRequest {
    /// A Sign1 by the session key that embeds the enrolment.
    pub session: Base64UrlBytes,
    /// A Sign1 by the approval key that embeds the same.
    pub approval: Base64UrlBytes,
    /// HMAC-SHA256 of the same under the key that agreement and ephemeral key agree on.
    pub mac: Base64UrlBytes,
    /// The 16 characters of the activation code.
    pub code: String,
}

impl fmt::Debug for EnrolmentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolmentRequest").finish_non_exhaustive()
    }
}

/// A channel that the token opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelGiven {
    /// The channel.
    pub channel: ChannelId,
    /// What sort.
    pub kind: ChannelKind,
    /// The generation that it is in.
    pub generation: Generation,
}

/// What ciam answers to an enrolment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentAnswer {
    /// The device as enrolled.
    pub device: DeviceId,
    /// The JWT with which it reads its channels.
    pub channel_token: String,
    /// The channels that the token opens, the customer's own first.
    pub channels: Vec<ChannelGiven>,
    /// The grant of the current key epoch: a Sign1.
    pub grant: Base64UrlBytes,
    /// The trust list: a Sign1.
    pub trust: Base64UrlBytes,
    /// A fresh snapshot, without a nonce.
    pub snapshot: SignedSnapshot,
}

/// What ciam answers to a device that has its channel token renewed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewedToken {
    /// The JWT with which it reads its channels from now on; the one before stays good until its end.
    pub channel_token: String,
}

impl fmt::Debug for RenewedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenewedToken").finish_non_exhaustive()
    }
}

impl fmt::Debug for EnrolmentAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolmentAnswer")
            .field("device", &self.device)
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}
