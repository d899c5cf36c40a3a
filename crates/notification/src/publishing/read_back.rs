//! Resolves a disagreement between broker and notification about a channel, after one of them was restored from an
//! older copy.

use crate::comparing::books;
use crate::numbering::message::Numbered;
use crate::ports::Newest;
use crate::store::channel::{self, ChannelRow};
use crate::store::seen::{self, Seen};
use crate::store::{outgoing, register};
use crate::{Failure, Notification};
use core_bank::entry_hash;
use envelope::{Head, epoch_of, open_entry, verify_forwards};
use protocol::{ChannelKind, Entry, EntryKind, Message, MessageKind};
use std::cmp::Ordering;
use types::{ChannelId, Number, Position};

/// Maximum messages in one read.
const READ_BACK: usize = 256;

/// Maximum attempts when the channel advances meanwhile.
const TRIES_MAX: usize = 16;

/// The result of comparing a channel with the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreed {
    /// The broker has everything up to this number. Later messages are to be sent.
    On(Position),
    /// The two contradict each other. The channel starts a later generation.
    Restarted,
}

/// Why messages of the broker cannot be read back.
#[derive(Debug, Clone, Copy)]
struct Foreign(&'static str);

const TRIMMED: Foreign = Foreign("the broker has trimmed messages that notification's copy lacks");

impl Notification {
    /// Determines the last common message from the broker's newest. If the broker has more messages, they are read
    /// back. If the two contradict each other, or messages are lost for good, a later generation starts.
    pub(crate) async fn agree(
        &self,
        channel: ChannelId,
        newest: Newest,
    ) -> Result<Agreed, Failure> {
        let broker = newest.position;
        for _ in 0..TRIES_MAX {
            let (row, kept, next) = self.compare_with(channel, broker).await?;
            let own = row.head.position();
            match broker.generation.cmp(&own.generation) {
                Ordering::Less => {
                    // The broker lost the restart, or has not seen it yet.
                    self.broker.restart(channel, own.generation).await?;
                    return Ok(Agreed::On(Position::new(own.generation, Number::ZERO)));
                }
                Ordering::Greater => {
                    self.restart(
                        channel,
                        broker.generation,
                        "the broker is in a later generation",
                    )
                    .await?;
                    return Ok(Agreed::Restarted);
                }
                Ordering::Equal if broker.number > own.number => {
                    match self.read_back(&row, broker.number).await? {
                        Ok(true) => return Ok(Agreed::On(broker)),
                        Ok(false) => {}
                        Err(Foreign(reason)) => {
                            self.restart(channel, own.generation, reason).await?;
                            return Ok(Agreed::Restarted);
                        }
                    }
                }
                Ordering::Equal => {
                    let differs = kept.is_some_and(|hash| hash != newest.hash);
                    let reason = if differs && broker.number > Number::ZERO {
                        "the broker has another message"
                    } else if next {
                        return Ok(Agreed::On(broker));
                    } else {
                        "the broker lost messages that notification no longer stores"
                    };
                    self.restart(channel, own.generation, reason).await?;
                    return Ok(Agreed::Restarted);
                }
            }
        }
        Err(Failure::Contended)
    }

    /// Our state, H(n) at the broker's position, and whether the later messages can be sent.
    async fn compare_with(
        &self,
        channel: ChannelId,
        broker: Position,
    ) -> Result<(ChannelRow, Option<types::Hash>, bool), Failure> {
        self.database
            .read(async move |tx| {
                let row = channel::find(tx, channel)
                    .await?
                    .ok_or(Failure::Broken("a channel is missing"))?;
                let kept = if row.head.position() == broker {
                    Some(row.head.hash)
                } else {
                    outgoing::hash(tx, channel, broker).await?
                };
                let next = Position::new(broker.generation, broker.number.next());
                let next = row.head.number <= broker.number
                    || outgoing::hash(tx, channel, next).await?.is_some();
                Ok((row, kept, next))
            })
            .await
    }

    /// Reads back the messages that the broker has beyond notification's state: verifies, opens, stores them. Returns
    /// false if another process numbered meanwhile, so that not all were stored.
    async fn read_back(
        &self,
        row: &ChannelRow,
        newest: Number,
    ) -> Result<Result<bool, Foreign>, Failure> {
        let (channel, mut head, epoch) = (row.head.channel, row.head, row.epoch);
        loop {
            let bytes = self
                .broker
                .read(channel, head.position(), READ_BACK)
                .await?;
            if bytes.is_empty() {
                let all = head.number >= newest;
                return Ok(if all { Ok(true) } else { Err(TRIMMED) });
            }
            let mut messages = Vec::with_capacity(bytes.len());
            for bytes in &bytes {
                match Message::parse(bytes.clone()) {
                    Ok(message) => messages.push(message),
                    Err(_) => {
                        return Ok(Err(Foreign("the broker has bytes that are not a message")));
                    }
                }
            }
            let keys = self.signing.current();
            let verified = verify_forwards(&head, ChannelKind::Customer, &messages, keys.trust()?);
            let Ok(run) = verified else {
                return Ok(Err(Foreign(
                    "the broker has messages that notification did not sign",
                )));
            };
            let after = run.head;
            let mut entries = Vec::with_capacity(run.new.len());
            for message in &run.new {
                match self.open_own(&head, message, epoch).await? {
                    Ok(entry) => entries.push(entry),
                    Err(foreign) => return Ok(Err(foreign)),
                }
            }
            let stored: Vec<_> = messages
                .iter()
                .zip(bytes)
                .map(|(message, bytes)| Numbered {
                    number: message.number,
                    bytes,
                })
                .collect();
            if !self.take_back(head, stored, messages, entries).await? {
                return Ok(Ok(false));
            }
            head = after;
        }
    }

    /// Opens an entry that notification sealed. The tables must have its key.
    async fn open_own(
        &self,
        head: &Head,
        message: &Message,
        epoch: types::KeyEpoch,
    ) -> Result<Result<Entry, Foreign>, Failure> {
        const NEWER: Foreign = Foreign("a key epoch is newer than notification's copy");
        let (MessageKind::Entry, Some(body)) = (message.kind, message.body.bytes()) else {
            return Ok(Err(NEWER));
        };
        if epoch_of(body) != Ok(epoch) {
            return Ok(Err(NEWER));
        }
        let key = self.current_key(head.channel, epoch).await?;
        let at = Position::new(head.generation, message.number);
        let opened = open_entry(key.pair(), head.channel, at, body);
        Ok(opened
            .ok()
            .and_then(|entry| Entry::parse(&entry).ok())
            .ok_or(NEWER))
    }

    /// Stores what was read back, as if it had just been numbered. If the books have a different event, the channel is
    /// contradicted. Returns whether the channel was still at `head`.
    async fn take_back(
        &self,
        head: Head,
        stored: Vec<Numbered>,
        messages: Vec<Message>,
        entries: Vec<Entry>,
    ) -> Result<bool, Failure> {
        let channel = head.channel;
        // The books must not change until the messages are stored, so that the next comparison with the books includes
        // them.
        let books = self.books.read().await;
        let contradiction = self.contradiction_of(&entries).await?;
        let acts = self.contradictions(contradiction.map(|of| (channel, of)).as_slice());
        let entries: Vec<_> = entries
            .into_iter()
            .map(|entry| {
                let seen = entry
                    .subject
                    .as_ref()
                    .map(|(subject, sequence)| (self.subject_index(subject), *sequence));
                (entry, seen)
            })
            .collect();
        let customer = self.customer_of(channel).await?;
        let outcome = self
            .database
            .write(async move |tx| {
                let row = channel::find(tx, channel).await?;
                let Some(mut row) = row.filter(|row| row.head == head) else {
                    return Ok(None);
                };
                for (message, numbered) in messages.iter().zip(&stored) {
                    let head = row.head.after(message);
                    row.follow(head, message);
                    outgoing::insert(tx, channel, head.position(), head.hash, &numbered.bytes)
                        .await?;
                }
                for (entry, seen) in &entries {
                    match *seen {
                        Some((subject, sequence)) => {
                            let left = entry.kind == EntryKind::HolderRemoved
                                && entry.argument("customer") == Some(customer.as_str());
                            let now = Seen {
                                sequence,
                                holding: !left,
                                hash: Some(entry_hash(entry)),
                            };
                            let before = seen::find(tx, channel, subject).await?;
                            if before.is_none_or(|before| before.sequence < sequence) {
                                seen::put(tx, channel, subject, now).await?;
                            }
                        }
                        None => {
                            register::remember_own_entry(tx, channel, &entry.id).await?;
                        }
                    }
                }
                channel::advance(tx, &row).await?;
                let head = row.head;
                channel::set_sent(tx, channel, head.generation, head.number).await?;
                Ok::<_, Failure>(Some(books::keep(tx, &acts).await?))
            })
            .await?;
        drop(books);
        let Some(news) = outcome else {
            return Ok(false);
        };
        if !news.is_empty() {
            self.alarm(&news);
            self.compare_soon.notify_one();
        }
        Ok(true)
    }
}
