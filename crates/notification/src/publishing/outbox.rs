//! The queue of messages to publish: in memory and bounded. The tables contain all of them.

#[cfg(test)]
mod tests;

use crate::numbering::message::Numbered;
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use types::{ChannelId, Generation, Number};

/// Maximum channels in the queue. Further channels are found in the tables.
const CHANNELS_MAX: usize = 65_536;

/// Maximum messages whose bytes are in memory until they are published. Further messages are read from the tables.
const MESSAGES_MAX: usize = 16_384;

/// Maximum messages of one channel in one append.
pub(crate) const MESSAGES_PER_CHANNEL: usize = 64;

/// A channel that has messages to publish, or had some recently.
#[derive(Debug)]
struct Active {
    generation: Generation,
    /// The newest number that the broker has. `None` if only the tables know it.
    sent: Option<Number>,
    /// The newest number that was numbered, as far as this queue was informed.
    newest: Number,
    /// Whether the tables contain `sent` too.
    written: bool,
    queued: bool,
    sending: bool,
    messages: BTreeMap<Number, Bytes>,
}

/// A channel to publish next.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) channel: ChannelId,
    pub(crate) generation: Generation,
    /// The number after which to send.
    pub(crate) sent: Option<Number>,
    /// The messages after `sent`, without a gap. Empty if they have to be read from the tables.
    pub(crate) messages: Vec<Numbered>,
}

#[derive(Debug, Default)]
struct State {
    channels: HashMap<ChannelId, Active>,
    queue: VecDeque<ChannelId>,
    messages: usize,
    overflowed: bool,
}

/// The queue of messages to publish.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    pub(crate) wake: Notify,
}

impl Outbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds committed messages. Messages beyond the queue's capacity are found in the tables later. `sent` is the
    /// newest number that the broker had before them, according to the tables.
    pub(crate) fn offer(
        &self,
        channel: ChannelId,
        generation: Generation,
        sent: Option<Number>,
        messages: Vec<Numbered>,
    ) {
        let Some(first) = messages.first() else {
            return;
        };
        let sent = sent.filter(|sent| sent.next() == first.number);
        self.put(channel, generation, sent, messages);
    }

    /// Marks a channel whose messages are in the tables.
    pub(crate) fn mark(&self, channel: ChannelId, generation: Generation) {
        self.put(channel, generation, None, Vec::new());
    }

    /// The broker lost messages. Its position has to be read from the tables.
    pub(crate) fn rewind(&self, channel: ChannelId, generation: Generation) {
        if let Some(active) = self.state().channels.get_mut(&channel) {
            active.sent = None;
        }
        self.mark(channel, generation);
    }

    fn put(
        &self,
        channel: ChannelId,
        generation: Generation,
        sent: Option<Number>,
        messages: Vec<Numbered>,
    ) {
        let mut state = self.state();
        if !state.channels.contains_key(&channel) && state.channels.len() >= CHANNELS_MAX {
            state.overflowed = true;
            return;
        }
        let room = MESSAGES_MAX.saturating_sub(state.messages);
        let active = state.channels.entry(channel).or_insert_with(|| Active {
            generation,
            sent,
            newest: Number::ZERO,
            written: true,
            queued: false,
            sending: false,
            messages: BTreeMap::new(),
        });
        let mut forgotten = 0;
        if active.generation < generation {
            forgotten = active.messages.len();
            active.messages.clear();
            active.generation = generation;
            active.sent = sent;
            active.newest = Number::ZERO;
            active.written = true;
        }
        let before = active.messages.len();
        if active.generation == generation {
            let newest = messages.last().map(|message| message.number);
            active.newest = active.newest.max(newest.unwrap_or(Number::ZERO));
            let kept = messages.into_iter().take(room);
            active
                .messages
                .extend(kept.map(|message| (message.number, message.bytes)));
        }
        let kept = active.messages.len() - before;
        let queue = !active.queued;
        active.queued = true;
        let sending = active.sending;
        assert!(
            forgotten <= state.messages,
            "messages are counted as they come and go"
        );
        state.messages = state.messages - forgotten + kept;
        if queue && !sending {
            state.queue.push_back(channel);
            self.wake.notify_one();
        }
    }

    /// Takes channels that are not being sent.
    pub(crate) fn take(&self, at_most: usize) -> Vec<Work> {
        let mut state = self.state();
        let mut batch = Vec::new();
        while batch.len() < at_most
            && let Some(channel) = state.queue.pop_front()
        {
            let Some(active) = state.channels.get_mut(&channel) else {
                continue;
            };
            active.queued = false;
            active.sending = true;
            let mut work = Work {
                channel,
                generation: active.generation,
                sent: active.sent,
                messages: Vec::new(),
            };
            if let Some(mut newest) = active.sent {
                for (number, bytes) in active.messages.range(newest.next()..) {
                    if *number != newest.next() || work.messages.len() >= MESSAGES_PER_CHANNEL {
                        break;
                    }
                    newest = *number;
                    work.messages.push(Numbered {
                        number: *number,
                        bytes: bytes.clone(),
                    });
                }
            }
            batch.push(work);
        }
        batch
    }

    /// Records the broker's newest number `sent` of a channel (`None`: read it from the tables). `more` says whether
    /// the channel has more to publish.
    pub(crate) fn done(
        &self,
        channel: ChannelId,
        generation: Generation,
        sent: Option<Number>,
        more: bool,
    ) {
        let mut state = self.state();
        let Some(active) = state.channels.get_mut(&channel) else {
            return;
        };
        active.sending = false;
        let mut forgotten = 0;
        let mut behind = false;
        if active.generation == generation {
            behind = sent.is_some_and(|sent| sent < active.newest);
            active.written &= sent == active.sent || sent.is_none();
            active.sent = sent;
            if let Some(sent) = sent {
                let rest = active.messages.split_off(&sent.next());
                forgotten = std::mem::replace(&mut active.messages, rest).len();
            }
        }
        let queue = active.queued || more || behind;
        active.queued = queue;
        assert!(
            forgotten <= state.messages,
            "messages are counted as they come and go"
        );
        state.messages -= forgotten;
        if queue {
            state.queue.push_back(channel);
            self.wake.notify_one();
        }
    }

    /// The channels whose `sent` is not in the tables yet. They count as written from now on; call
    /// [`forget_idle`](Self::forget_idle) after writing them.
    pub(crate) fn unwritten(&self) -> Vec<(ChannelId, Generation, Number)> {
        let mut state = self.state();
        let unwritten = state
            .channels
            .iter_mut()
            .filter(|(_, active)| !active.written);
        unwritten
            .filter_map(|(channel, active)| {
                active.written = true;
                active.sent.map(|sent| (*channel, active.generation, sent))
            })
            .collect()
    }

    /// Removes the channels that have nothing to publish: a dormant channel costs no memory here.
    pub(crate) fn forget_idle(&self) {
        self.state().channels.retain(|_, active| {
            active.queued || active.sending || !active.written || !active.messages.is_empty()
        });
    }

    /// Lets the publisher search the tables for messages to publish.
    pub(crate) fn look_again(&self) {
        self.state().overflowed = true;
        self.wake.notify_one();
    }

    /// Whether channels were left out for lack of capacity, or may have been, since the last call.
    pub(crate) fn overflowed(&self) -> bool {
        std::mem::take(&mut self.state().overflowed)
    }

    /// Whether nothing is left to publish.
    pub(crate) fn is_idle(&self) -> bool {
        let state = self.state();
        !state.overflowed
            && state
                .channels
                .values()
                .all(|active| !active.queued && !active.sending)
    }
}
