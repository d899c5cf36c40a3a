//! The operator's routes for what a person has to put in order.

use serde::{Deserialize, Serialize};
use types::{ChannelId, CustomerId, Generation, Sequence, SubjectId, Time};

/// A subject that is stopped, because an event of it cannot be processed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedSubject {
    /// The subject.
    pub subject: SubjectId,
    /// The sequence of the event.
    pub sequence: Sequence,
    /// The check that the event failed, a stable word.
    pub reason: String,
    /// Since when.
    pub since: Time,
}

/// The answer to `GET /v1/operator/subjects`: the subjects that are stopped, the oldest first, at most 1,000.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedSubjects {
    /// The subjects.
    pub subjects: Vec<StoppedSubject>,
}

/// The body of `POST /v1/operator/subjects`: lets a stopped subject go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The subject.
    pub subject: SubjectId,
}

/// Whether the subject was stopped until now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Whether it was stopped.
    pub released: bool,
}

/// A channel whose entries and the core bank's books contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContradictedChannel {
    /// The channel.
    pub channel: ChannelId,
    /// Its generation, which a restart ends.
    pub generation: Generation,
    /// What contradicts, a stable word.
    pub reason: String,
}

/// The answer to `GET /v1/operator/channels`: the contradicted channels in the order of their ids, at most 1,000.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContradictedChannels {
    /// The channels.
    pub channels: Vec<ContradictedChannel>,
}

/// The body of `POST /v1/operator/channels`: restarts contradicted channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// Which one; absent for the next 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
}

/// How many channels were restarted. Where all were asked for, and this is not 0, there may be more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restarted {
    /// How many.
    pub restarted: u64,
}

/// The body of `POST /v1/operator/erasures`: destroys a customer's keys and devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erase {
    /// Whom.
    pub customer: CustomerId,
}

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Whether there was anything of this customer.
    pub known: bool,
    /// The customer's channel; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
}
