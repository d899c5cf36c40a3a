//! What broker and gateway answer, apart from messages.

use crate::Base64UrlBytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use types::{Generation, Hash, KeyEpoch, Nonce, Number, Position, PublicKey, SnapshotId, Time};

/// `GET /readyz`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Whether every role of this process serves.
    pub ready: bool,
}

/// `GET /v1/trust`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustAnswer {
    /// The newest trust list: a Sign1.
    pub trust: Base64UrlBytes,
    /// The root that signed it, and its successor. An app carries its own; a terminal device takes these where the
    /// first one's fingerprint is the one printed beside its activation code.
    pub roots: Vec<PublicKey>,
    /// The bank's public URL, which proofs of possession name. A device that was given another one is given this instead.
    pub public_url: String,
}

/// What an acknowledged message survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// It is on this machine's disk, synced: a power cut.
    Fsync,
    /// It is on a majority of replicas: the loss of a machine.
    Quorum,
}

/// The broker's acknowledgement of a published message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishAck {
    /// Where the message is.
    pub position: Position,
    /// What it survives there.
    pub durability: Durability,
}

/// The body of `POST /v1/channels/{channel}/checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointRequest {
    /// The device's own, new for each request.
    pub nonce: Nonce,
    /// The newest key epoch that the device has a grant for: a newer grant comes with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<KeyEpoch>,
    /// The version of the device's trust list: a newer one comes with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_version: Option<u64>,
}

/// A fresh checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[serde(deny_unknown_fields)]
pub struct SnapshotRequest {
    /// The device's own, new for each request.
    pub nonce: Nonce,
    /// The newest key epoch that the device has a grant for: a newer grant comes with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<KeyEpoch>,
    /// The version of the device's trust list: a newer one comes with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_version: Option<u64>,
}

/// A signed snapshot, with the proof of its head and its first parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedSnapshot {
    /// By which its further parts and its pages are asked for.
    pub id: SnapshotId,
    /// A Sign1.
    pub snapshot: Base64UrlBytes,
    /// H(number − 1); none at number 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Hash>,
    /// Message `number` in the form of a hole; none at number 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Base64UrlBytes>,
    /// The parts from 1 on, at least one, each an Encrypt0; together at most [`SEALED_BYTES_MAX`].
    pub parts: Vec<Base64UrlBytes>,
}

/// A fresh snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// How many bytes the sealed parts or pages of one answer have together at most.
pub const SEALED_BYTES_MAX: usize = 1024 * 1024;

/// Consecutive parts of a snapshot: `GET /v1/channels/{channel}/snapshots/{id}/parts?from=n`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartsAnswer {
    /// From `from` on, at least one, each an Encrypt0; together at most [`SEALED_BYTES_MAX`].
    pub parts: Vec<Base64UrlBytes>,
}

/// Consecutive pages of an account's history:
/// `GET /v1/channels/{channel}/snapshots/{id}/pages?part=k&account=A&from=n`, where `part` is the part that has the
/// account's item. Pages count from 1, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PagesAnswer {
    /// From `from` on, at least one, each an Encrypt0; together at most [`SEALED_BYTES_MAX`].
    pub pages: Vec<Base64UrlBytes>,
}

/// What a device found wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The broker stays behind the device.
    Ahead,
    /// A checkpoint is below the device's position.
    Below,
    /// A checkpoint names a number that the broker does not give.
    Withheld,
    /// A checkpoint has another hash for the same number.
    Contradicted,
    /// What the broker gave does not continue the chain, or is not signed by the bank.
    ChainBroken,
    /// A message is of the bank but does not open, or is no entry.
    Unreadable,
    /// A snapshot lacks what the bank has told under the same incarnation: its books are older than they were.
    BooksWentBack,
}

impl fmt::Display for Finding {
    /// The word that travels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// The longest reason in a report, in bytes.
pub const REASON_BYTES_MAX: usize = 64;

/// The body of `POST /v1/channels/{channel}/report`: what a device found, with the newest head that it verified, as
/// the bank signed it. Answered with `202 Accepted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What was found.
    pub finding: Finding,
    /// The check that failed, a stable word: 1 to 64 lower-case letters, digits and `_`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The channel's generation at the device.
    pub generation: Generation,
    /// The number of the device's newest verified message.
    pub number: Number,
    /// H(number).
    pub hash: Hash,
    /// That message's time, which its key's validity is judged by.
    pub time: Time,
    /// That message's signature, a Sign1 over the head; none where the device has no message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Base64UrlBytes>,
}
