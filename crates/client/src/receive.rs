//! Receiving: verifies the broker's messages, and commits them. Needs no storage key, so it works while the phone is
//! locked.

use crate::advance::{Next, add_found};
use crate::discrepancy::{Discrepancy, Found};
use crate::error::SyncError;
use crate::instant::Instant;
use crate::keys::Keys;
use crate::names;
use crate::project::Step;
use crate::records::{Awaited, Received};
use crate::shown::COMPLETE_MS;
use crate::state::State;
use crate::store::Store;
use bytes::Bytes;
use envelope::{Head, follow_epoch, verify_forwards};
use protocol::{ChannelKind, Entry, Message};
use types::{Generation, KeyEpoch, Position, Time};

/// Maximum stored heads while a checkpoint is under way.
const TRAIL_MAX: usize = 4096;

/// The result of applying messages.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// The entries that are new to the customer, in order.
    pub(crate) entries: Vec<Entry>,
    /// The number of new messages.
    pub(crate) new: usize,
}

/// Verified messages that are not committed yet.
struct Verified {
    received: Received,
    heads: Vec<Head>,
    /// Whether a message was delivered that the device has already.
    replayed: bool,
}

impl<S: Store> State<S> {
    /// Verifies messages that continue the channel, in order, and commits them with the position: projected if the
    /// passbook is unlocked, otherwise as received. All or nothing.
    pub(crate) async fn apply<K: Keys>(
        &mut self,
        keys: &K,
        generation: Generation,
        raw: &[Bytes],
        (now, instant): (Time, Instant),
    ) -> Result<Applied, SyncError> {
        if raw.is_empty() {
            return Ok(Applied::default());
        }
        if generation != self.received.head.generation {
            let what = if generation < self.received.head.generation {
                Discrepancy::GenerationGoesBack
            } else {
                Discrepancy::GenerationWithoutCheckpoint
            };
            return Err(self.wrong((what, "generation_of_another"), now));
        }
        let messages = raw
            .iter()
            .map(|bytes| Message::parse(bytes.clone()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| self.wrong((Discrepancy::NotAMessage, error.reason()), now))?;
        let Verified {
            received,
            heads,
            replayed,
        } = self.verify(&messages, now)?;
        self.check_trust(received.proven, now)?;
        let new: Vec<(&Message, &Bytes)> = messages
            .iter()
            .zip(raw)
            .filter(|(message, _)| message.number > self.received.head.number)
            .collect();

        let mut next = Next::default();
        let mut entries = Vec::new();
        let mut found = self.found.clone();
        // If projecting stops, all later messages wait as well.
        let mut projected = 0;
        if self.unlocked.is_some() && !self.waiting {
            let mut stage = self.stage()?;
            for (message, raw) in &new {
                let at = Position::new(generation, message.number);
                match self.step(&mut stage, keys, at, message, raw).await? {
                    Step::Projected => {
                        projected += 1;
                        stage.reached(at, message.time);
                    }
                    Step::Stuck => break,
                }
            }
            if projected == new.len() {
                stage.books.reach = (received.head.position(), received.as_of);
            }
            let mut staged = stage.finish()?;
            entries = std::mem::take(&mut staged.entries);
            found = self.found_with(&staged.found, now);
            next = Next::of(staged);
        }
        for (message, raw) in new.iter().skip(projected) {
            let name = names::message(Position::new(generation, message.number));
            self.records.put_inbox(&mut next.batch, name, raw)?;
        }
        let recent = |at: Instant| instant.ms_since(at) < COMPLETE_MS;
        if replayed && !self.replay_reported_at.is_some_and(recent) {
            // A dropped message does no harm: it is reported, and nothing has to be repaired. It is reported rarely, so
            // that a broker that repeats itself does not use up the device's requests to the bank.
            let named = (Discrepancy::Replayed, "number_not_new");
            let one = Found {
                resolved: true,
                ..self.found_here(named, now)
            };
            add_found(&mut found, one);
            self.replay_reported_at = Some(instant);
        }
        next.received = Some(received);
        next.found = Some(found);
        self.advance(next).await?;
        self.waiting |= projected < new.len();
        if let Some(trail) = &mut self.trail
            && trail.len() < TRAIL_MAX
        {
            trail.extend(heads);
        }
        Ok(Applied {
            entries,
            new: new.len(),
        })
    }

    /// Verifies chain, newest signature, key epochs, and the checkpoint that the device still had to reach.
    fn verify(&self, messages: &[Message], now: Time) -> Result<Verified, SyncError> {
        let head = self.received.head;
        let held = &Head {
            time: self
                .received
                .snapshot
                .map_or(head.time, |time| head.time.max(time)),
            ..head
        };
        let run = verify_forwards(held, ChannelKind::Customer, messages, &self.trust.list)
            .map_err(|error| self.fault(&error, now))?;
        let mut epoch: KeyEpoch = self.received.epoch;
        for message in &run.new {
            epoch = follow_epoch(epoch, message).map_err(|error| self.fault(&error, now))?;
        }
        let heads = run.heads;
        let mut received = Received {
            head: run.head,
            epoch,
            ..self.received.clone()
        };
        if let Some(newest) = run.new.last() {
            received.signature = Some(newest.signature.to_vec());
            received.as_of = received.as_of.max(newest.time);
            received.proven = received.proven.max(newest.time);
        }
        if let Some(awaited) = &self.received.awaited
            && let Some(head) = heads.iter().find(|head| head.number == awaited.number)
        {
            if head.hash != awaited.hash {
                let named = (Discrepancy::Contradicted, "contradicted");
                return Err(self.wrong(named, now));
            }
            received.satisfy(awaited);
        }
        Ok(Verified {
            received,
            heads,
            replayed: run.new.len() < messages.len(),
        })
    }
}

impl Received {
    /// Records that the device has everything up to a checkpoint.
    pub(crate) fn satisfy(&mut self, checkpoint: &Awaited) {
        self.awaited = None;
        self.as_of = self.as_of.max(checkpoint.time);
        self.satisfied_at = Some(checkpoint.asked_at);
    }
}
