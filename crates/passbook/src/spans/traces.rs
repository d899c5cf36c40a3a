//! Which message belongs to which trace.

use std::collections::{HashMap, VecDeque};
use types::Hash;

/// Messages that are remembered: the newest ones. Spans of older ones, such as a device's catch-up, are not exported.
const MESSAGES_MAX: usize = 65_536;

/// A trace's id, and the id of its root span (OpenTelemetry, "SpanContext").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceId {
    pub(crate) trace: [u8; 16],
    pub(crate) root: [u8; 8],
}

impl TraceId {
    /// The trace of an entry: its id is the first 16 bytes of SHA-256 of `subject/sequence`, the root's the next 8.
    pub(crate) fn of_entry(subject: &str, sequence: u64) -> Self {
        let hash = Hash::of(format!("{subject}/{sequence}").as_bytes());
        let (mut trace, mut root) = ([0; 16], [0; 8]);
        let mut bytes = hash.as_bytes().iter().copied();
        trace.fill_with(|| bytes.next().unwrap_or_default());
        root.fill_with(|| bytes.next().unwrap_or_default());
        Self { trace, root }
    }
}

/// A message: its channel, generation and number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MessageId {
    pub(crate) channel: String,
    pub(crate) generation: u64,
    pub(crate) number: u64,
}

/// The traces of the messages that were numbered last.
#[derive(Default)]
pub(crate) struct Traces {
    of: HashMap<MessageId, TraceId>,
    oldest_first: VecDeque<MessageId>,
}

impl Traces {
    pub(crate) fn put(&mut self, message: MessageId, trace: TraceId) {
        if self.of.insert(message.clone(), trace).is_none() {
            self.oldest_first.push_back(message);
        }
        while self.oldest_first.len() > MESSAGES_MAX {
            if let Some(oldest) = self.oldest_first.pop_front() {
                self.of.remove(&oldest);
            }
        }
    }

    pub(crate) fn get(&self, message: &MessageId) -> Option<TraceId> {
        self.of.get(message).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: u64) -> MessageId {
        MessageId {
            channel: "c".into(),
            generation: 1,
            number,
        }
    }

    #[test]
    fn the_newest_messages_are_remembered_and_as_many_as_there_is_room_for() {
        let mut traces = Traces::default();
        let newest = u64::try_from(MESSAGES_MAX).unwrap() + 2;
        for number in 1..=newest {
            let trace = TraceId::of_entry("account:1", number);
            traces.put(message(number), trace);
            traces.put(message(number), trace);
        }
        assert_eq!(traces.get(&message(2)), None);
        let known = TraceId::of_entry("account:1", 3);
        assert_eq!(traces.get(&message(3)), Some(known));
        assert_eq!(traces.of.len(), MESSAGES_MAX);
        assert_eq!(traces.oldest_first.len(), MESSAGES_MAX);
    }
}
