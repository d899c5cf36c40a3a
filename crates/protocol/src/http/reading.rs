//! Answers of broker and gateway, except messages.

use crate::Base64UrlBytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use types::{Generation, Hash, KeyEpoch, Nonce, Number, Position, PublicKey, SnapshotId, Time};

/// `GET /readyz`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Readiness {
    /// Whether every role of this process is ready to serve.
    pub ready: bool,
}

/// `GET /v1/trust`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustAnswer {
    /// The newest trust list: a Sign1.
    pub trust: Base64UrlBytes,
    /// The root key that signed the list, and its successor. An app has its roots built in. A terminal device accepts
    /// these roots if the first one's fingerprint is the one printed beside the activation code.
    pub roots: Vec<PublicKey>,
    /// The bank's public URL. DPoP proofs name it. A device that was started with another URL
    /// must be started with this one instead.
    pub public_url: String,
}

/// What an acknowledged message survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AckDurability {
    /// A power cut: the message is synced to this machine's disk.
    Fsync,
    /// The loss of a machine: the message is on a majority of replicas.
    Quorum,
}

/// The broker's acknowledgement of a published message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishAck {
    /// The message's position.
    pub position: Position,
    /// What the message survives.
    pub durability: AckDurability,
}

/// The body of `POST /v1/channels/{channel}/checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckpointRequest {
    /// A nonce that the device draws for each request.
    pub nonce: Nonce,
    /// The newest key epoch that the device has a grant for. If there is a newer grant, the answer contains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<KeyEpoch>,
    /// The version of the device's trust list. If there is a newer list, the answer contains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_version: Option<u64>,
}

/// A checkpoint that was signed for this request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckpointAnswer {
    /// A Sign1.
    pub checkpoint: Base64UrlBytes,
    /// The grant of the current key epoch, if the device's is older: a Sign1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Base64UrlBytes>,
    /// The trust list, if the device's is older: a Sign1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<Base64UrlBytes>,
}

/// The body of `POST /v1/channels/{channel}/snapshot`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SnapshotRequest {
    /// A nonce that the device draws for each request.
    pub nonce: Nonce,
    /// The newest key epoch that the device has a grant for. If there is a newer grant, the answer contains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<KeyEpoch>,
    /// The version of the device's trust list. If there is a newer list, the answer contains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_version: Option<u64>,
}

/// A signed snapshot, the proof of its head, and its first parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedSnapshot {
    /// The id for requesting further parts and pages.
    pub id: SnapshotId,
    /// A Sign1.
    pub snapshot: Base64UrlBytes,
    /// H(number − 1). Absent at number 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Hash>,
    /// Message `number` as a hole. Absent at number 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Base64UrlBytes>,
    /// The parts from 1 on, at least one, each an Encrypt0. Together they have at most 1 MiB.
    pub parts: Vec<Base64UrlBytes>,
}

/// A snapshot that was made for this request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SnapshotAnswer {
    /// The snapshot.
    #[serde(flatten)]
    pub snapshot: SignedSnapshot,
    /// The grant of the current key epoch, if the device's is older: a Sign1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Base64UrlBytes>,
    /// The trust list, if the device's is older: a Sign1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<Base64UrlBytes>,
}

/// Maximum total size in bytes of the sealed parts or pages in one answer.
pub const SEALED_BYTES_MAX: usize = 1024 * 1024;

/// Consecutive parts of a snapshot: `GET /v1/channels/{channel}/snapshots/{id}/parts?from=n`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartsAnswer {
    /// The parts from number `from` on, at least one, each an Encrypt0. Together they have at most 1 MiB.
    pub parts: Vec<Base64UrlBytes>,
}

/// Consecutive pages of an account's history, from
/// `GET /v1/channels/{channel}/snapshots/{id}/pages?part=k&account=A&from=n`. `part` is the part that contains the
/// account's item. Pages count from 1, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PagesAnswer {
    /// The pages from number `from` on, at least one, each an Encrypt0. Together they have at most 1 MiB.
    pub pages: Vec<Base64UrlBytes>,
}

/// A discrepancy that a device found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The broker has had fewer messages than the device for too long.
    Ahead,
    /// A checkpoint's number is below the device's position.
    Below,
    /// A checkpoint names a number that the broker does not deliver.
    Withheld,
    /// A checkpoint has a different hash for the same number.
    Contradicted,
    /// The broker's messages do not continue the chain, or the bank did not sign them.
    ChainBroken,
    /// The bank signed the message, but it does not open or is not an entry.
    Unreadable,
    /// A snapshot lacks an entry that the bank sent under the same incarnation: the bank's books went back.
    BooksWentBack,
}

impl fmt::Display for Finding {
    /// The word as it is sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Maximum length of a reason in a report, in bytes.
pub const REASON_BYTES_MAX: usize = 64;

/// The body of `POST /v1/channels/{channel}/report`: the discrepancy, and the newest head that the device verified,
/// with the bank's signature. The answer is `202 Accepted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The discrepancy.
    pub finding: Finding,
    /// A stable word for the check that failed: 1 to 64 lower-case letters, digits and `_`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The generation of the channel on the device.
    pub generation: Generation,
    /// The number of the device's newest verified message.
    pub number: Number,
    /// H(number).
    pub hash: Hash,
    /// That message's time. The signing key must have been valid then.
    pub time: Time,
    /// That message's signature, a Sign1 over the head. Absent if the device has no message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Base64UrlBytes>,
}
