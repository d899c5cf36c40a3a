//! Bodies of the operator's routes for problems that a person has to resolve.

use serde::{Deserialize, Serialize};
use types::{ChannelId, CustomerId, Generation, Sequence, SubjectId, Time};

/// A subject that is stopped because one of its events cannot be processed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedSubject {
    /// The subject.
    pub subject: SubjectId,
    /// The sequence of that event.
    pub sequence: Sequence,
    /// A stable word for the check that the event failed.
    pub reason: String,
    /// When the subject stopped.
    pub since: Time,
}

/// The answer to `GET /v1/operator/subjects`: the stopped subjects, oldest first, at most 1,000.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedSubjects {
    /// The subjects.
    pub subjects: Vec<StoppedSubject>,
}

/// The body of `POST /v1/operator/subjects`: releases a stopped subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The subject.
    pub subject: SubjectId,
}

/// The answer to a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Whether the subject was stopped until now.
    pub released: bool,
}

/// A channel whose entries and the core bank's books contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContradictedChannel {
    /// The channel.
    pub channel: ChannelId,
    /// Its generation. A restart ends it.
    pub generation: Generation,
    /// A stable word for the contradiction.
    pub reason: String,
}

/// The answer to `GET /v1/operator/channels`: the contradicted channels, ordered by id, at most 1,000.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContradictedChannels {
    /// The channels.
    pub channels: Vec<ContradictedChannel>,
}

/// The body of `POST /v1/operator/channels`: restarts contradicted channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// The channel. If absent, the next 1,000 contradicted channels are restarted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
}

/// How many channels were restarted. If the request named no channel and this is not 0, there may be more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restarted {
    /// Number of channels.
    pub restarted: u64,
}

/// The body of `POST /v1/operator/erasures`: destroys a customer's keys and devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erase {
    /// The customer.
    pub customer: CustomerId,
}

/// The result of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Whether Passbook had any data of this customer.
    pub known: bool,
    /// The customer's channel. Absent if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
}
