//! The partition of an event, and the channel of a partition.

use protocol::BlindSubject;
use std::fmt;
use types::{ChannelId, Hash};

/// A partition of the queue, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartitionId(pub u16);

impl fmt::Display for PartitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "partition {}", self.0)
    }
}

impl PartitionId {
    /// The partition of `subject` among `count`. The subject is the output of an HMAC, so its first bytes are evenly
    /// distributed.
    #[must_use]
    pub fn of(subject: &BlindSubject, count: u16) -> Self {
        let [first, second, ..] = *subject.as_bytes();
        Self(u16::from_be_bytes([first, second]) % count.max(1))
    }

    /// The partition's channel, the same in every run.
    #[must_use]
    pub fn channel(self) -> ChannelId {
        let digest = Hash::of(format!("passbook pubsub {self}").as_bytes());
        let mut id = [0; ChannelId::LENGTH];
        id.iter_mut()
            .zip(digest.as_bytes())
            .for_each(|(to, from)| *to = *from);
        ChannelId::new(id)
    }
}
