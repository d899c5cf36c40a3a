//! Takes the next number: seals, extends the chain, signs the head, stores the message; all in the caller's
//! transaction.

use crate::Failure;
use crate::keys::epoch_key::EpochKey;
use crate::keys::key_set::KeySet;
use crate::store::channel::ChannelRow;
use crate::store::outgoing;
use bytes::Bytes;
use database::Transaction;
use envelope::{Iv, seal_entry};
use protocol::{Body, MESSAGE_BYTES_MAX, Message, MessageKind};
use types::{Number, Position, Time};

/// The longest entry whose message stays within [`MESSAGE_BYTES_MAX`]. Padding rounds up to a multiple of 1,024 bytes,
/// and the envelope around the ciphertext takes less than the last of the 64 KiB.
pub(crate) const ENTRY_BYTES_MAX: usize = MESSAGE_BYTES_MAX - 1_024 - 2;

/// A message that was numbered in a transaction.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    pub(crate) number: Number,
    pub(crate) bytes: Bytes,
}

/// What numbering needs for a channel in one transaction.
pub(crate) struct Numbering<'k> {
    pub(crate) keys: &'k KeySet,
    /// The time of the messages: [`ChannelRow::time`](crate::store::channel::ChannelRow::time).
    pub(crate) time: Time,
}

/// A random initialisation vector.
pub(crate) fn fresh_iv() -> Result<Iv, Failure> {
    let mut iv = Iv::default();
    getrandom::fill(&mut iv).map_err(|_| Failure::Randomness)?;
    Ok(iv)
}

impl Numbering<'_> {
    /// Numbers an entry, sealed under `key`, after the newest message of `row`, and advances `row` to it.
    pub(crate) async fn entry(
        &self,
        tx: &mut Transaction<'_>,
        row: &mut ChannelRow,
        key: &EpochKey,
        entry: &[u8],
    ) -> Result<Numbered, Failure> {
        let head = &row.head;
        let at = Position::new(head.generation, head.number.next());
        let body = seal_entry(key.pair(), head.channel, at, &fresh_iv()?, entry)?;
        self.message(tx, row, MessageKind::Entry, body).await
    }

    /// Numbers a message with that body after the newest message of `row`, and advances `row` to it. The caller stores
    /// `row`.
    pub(crate) async fn message(
        &self,
        tx: &mut Transaction<'_>,
        row: &mut ChannelRow,
        kind: MessageKind,
        body: Vec<u8>,
    ) -> Result<Numbered, Failure> {
        let head = &row.head;
        let mut message = Message {
            number: head.number.next(),
            kind,
            time: self.time,
            expires: None,
            body: Body::Bytes(body.into()),
            signature: Bytes::new(),
        };
        let after = head.after(&message);
        message.signature = after.sign(self.keys.head(message.time)?)?.into();
        let bytes = Bytes::from(message.encode());
        if bytes.len() > MESSAGE_BYTES_MAX {
            return Err(Failure::Broken("a message is longer than 64 KiB"));
        }
        outgoing::insert(tx, after.channel, after.position(), after.hash, &bytes).await?;
        row.follow(after, &message);
        Ok(Numbered {
            number: after.number,
            bytes,
        })
    }
}
