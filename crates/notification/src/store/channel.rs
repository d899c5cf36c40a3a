//! A customer's channel and its writer's state.

use super::{limit, register};
use bytes::Bytes;
use database::{DatabaseError, Row, Transaction, params};
use envelope::Head;
use protocol::{Body, Message};
use std::collections::HashSet;
use types::{ChannelId, Generation, Hash, KeyEpoch, Number, Time};

/// The writer's state.
#[derive(Debug, Clone)]
pub(crate) struct ChannelRow {
    /// The newest message.
    pub(crate) head: Head,
    /// What proves the newest message. `None` at number 0, and for a message from before proofs were stored.
    pub(crate) proof: Option<Proof>,
    /// Lower bound of the times of later messages and statements: the time of the last snapshot, or the bound of all
    /// channels.
    pub(crate) stated: Time,
    /// The current key epoch.
    pub(crate) epoch: KeyEpoch,
    /// Whether it is known which events the customer's first snapshot contained.
    pub(crate) ready: bool,
    /// The newest number known to be at the broker. `None` if the broker has yet to start this generation.
    pub(crate) sent: Option<Number>,
    /// Whether the channel's entries and the core bank's books contradict each other.
    pub(crate) contradicted: bool,
}

/// Proves the newest message and its time to a device that does not have the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    /// H(number - 1).
    pub(crate) before: Hash,
    /// The message as a hole, as transmitted.
    pub(crate) hole: Bytes,
}

impl Proof {
    /// Makes the proof of a message or a hole.
    pub(crate) fn of(before: Hash, message: &Message) -> Self {
        let hole = Message {
            body: Body::Hole(message.body.hash()),
            ..message.clone()
        };
        Self {
            before,
            hole: hole.encode().into(),
        }
    }
}

macro_rules! columns {
    () => {
        "channel, generation, number, hash, time_ms, stated_ms, epoch, ready, sent, contradicted, before, hole"
    };
}

/// Reads the columns of `columns!`.
fn read(row: &Row) -> Result<ChannelRow, DatabaseError> {
    let before = row.get::<Option<Hash>>(10)?;
    let hole = row.get::<Option<Vec<u8>>>(11)?;
    Ok(ChannelRow {
        head: Head {
            channel: row.get(0)?,
            generation: row.get(1)?,
            number: row.get(2)?,
            hash: row.get(3)?,
            time: row.get(4)?,
        },
        proof: before.zip(hole).map(|(before, hole)| Proof {
            before,
            hole: hole.into(),
        }),
        stated: row.get(5)?,
        epoch: row.get(6)?,
        ready: row.get(7)?,
        sent: u64::try_from(row.get::<i64>(8)?)
            .ok()
            .and_then(|sent| Number::new(sent).ok()),
        contradicted: row.get::<Option<String>>(9)?.is_some(),
    })
}

impl ChannelRow {
    /// The time of the next message or statement. The server's clock may be set back, but a device never gets an
    /// earlier time than before.
    pub(crate) fn time(&self, now: Time) -> Time {
        now.max(self.head.time).max(self.stated)
    }

    /// Advances to `after`, the head that `message` makes.
    pub(crate) fn follow(&mut self, after: Head, message: &Message) {
        self.proof = Some(Proof::of(self.head.hash, message));
        self.head = after;
    }
}

/// The state of a channel.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
) -> Result<Option<ChannelRow>, DatabaseError> {
    let row = tx
        .query_optional(
            concat!("SELECT ", columns!(), " FROM channel WHERE channel = $1"),
            params![channel],
        )
        .await?;
    let Some(mut found) = row.as_ref().map(read).transpose()? else {
        return Ok(None);
    };
    found.stated = found.stated.max(register::stated(tx).await?);
    Ok(Some(found))
}

/// The channel of a customer, by the blind index of the customer's id.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    customer_index: &[u8; 32],
) -> Result<Option<ChannelId>, DatabaseError> {
    tx.query_optional(
        "SELECT channel FROM channel WHERE customer_index = $1",
        params![customer_index],
    )
    .await?
    .map(|row| row.get(0))
    .transpose()
}

/// The blind indices of those customers who have a channel.
pub(crate) async fn enrolled(
    tx: &mut Transaction<'_>,
    customers: &[[u8; 32]],
) -> Result<HashSet<[u8; 32]>, DatabaseError> {
    let statement = tx.dialect(
        "WITH RECURSIVE asked (at) AS (SELECT 0 WHERE $1 > 0 UNION ALL SELECT at + 1 FROM asked WHERE at + 1 < $1)
         SELECT customer_index FROM asked CROSS JOIN channel WHERE customer_index = SUBSTR($2, at * 32 + 1, 32)",
        "SELECT customer_index FROM generate_series(0, CAST($1 AS INTEGER) - 1) AS at CROSS JOIN channel
         WHERE customer_index = SUBSTR(CAST($2 AS BYTEA), at * 32 + 1, 32)",
    );
    let values = params![limit(customers.len()), customers.concat()];
    let rows = tx.query(statement, values).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// The sealed id of a channel's customer.
pub(crate) async fn customer(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    tx.query_optional(
        "SELECT customer FROM channel WHERE channel = $1",
        params![channel],
    )
    .await?
    .map(|row| row.get(0))
    .transpose()
}

/// Stores a new channel before its first message. The channel is not ready. The broker has yet to start a generation
/// later than the first.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    head: &Head,
    (customer_index, customer): (&[u8; 32], &[u8]),
    epoch: KeyEpoch,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO channel (channel, customer_index, customer, generation, number, hash, time_ms, stated_ms, epoch,
            ready, sent) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, 0, $9)",
        params![
            head.channel,
            customer_index,
            customer,
            head.generation,
            head.number,
            head.hash,
            head.time,
            epoch,
            if head.generation == Generation::FIRST {
                0
            } else {
                -1
            }
        ],
    )
    .await?;
    Ok(())
}

/// Stores `row`'s newest message, under the same key epoch.
pub(crate) async fn advance(
    tx: &mut Transaction<'_>,
    row: &ChannelRow,
) -> Result<(), DatabaseError> {
    let head = &row.head;
    tx.execute(
        "UPDATE channel SET number = $1, hash = $2, time_ms = $3, before = $4, hole = $5 WHERE channel = $6",
        params![
            head.number,
            head.hash,
            head.time,
            row.proof.as_ref().map(|proof| proof.before),
            row.proof.as_ref().map(|proof| proof.hole.to_vec()),
            head.channel
        ],
    )
    .await?;
    Ok(())
}

/// Sets the key epoch of the following entries.
pub(crate) async fn set_epoch(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    epoch: KeyEpoch,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE channel SET epoch = $1 WHERE channel = $2",
        params![epoch, channel],
    )
    .await?;
    Ok(())
}

/// Starts a later generation. `head` is its start. The broker has yet to start it, and the channel is not ready.
pub(crate) async fn restart(
    tx: &mut Transaction<'_>,
    head: &Head,
    epoch: KeyEpoch,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE channel SET generation = $1, number = $2, hash = $3, time_ms = $4, epoch = $5, ready = 0, sent = -1,
            contradicted = NULL, before = NULL, hole = NULL
         WHERE channel = $6",
        params![
            head.generation,
            head.number,
            head.hash,
            head.time,
            epoch,
            head.channel
        ],
    )
    .await?;
    Ok(())
}

/// Marks the channel as ready: it is known which events the snapshot contained.
pub(crate) async fn set_ready(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE channel SET ready = 1 WHERE channel = $1",
        params![channel],
    )
    .await?;
    Ok(())
}

/// Marks the channel as contradicted by the core bank's books. Returns whether it was not marked before.
pub(crate) async fn contradict(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    reason: &str,
) -> Result<bool, DatabaseError> {
    let rows = tx
        .execute(
            "UPDATE channel SET contradicted = $1 WHERE channel = $2 AND contradicted IS NULL",
            params![reason, channel],
        )
        .await?;
    Ok(rows > 0)
}

/// Clears the mark of all contradicted channels.
pub(crate) async fn forget_contradictions(tx: &mut Transaction<'_>) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE channel SET contradicted = NULL WHERE contradicted IS NOT NULL",
        &[],
    )
    .await?;
    Ok(())
}

/// A channel whose entries and the core bank's books contradict each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradicted {
    /// The channel.
    pub channel: ChannelId,
    /// Its generation, which a restart ends.
    pub generation: Generation,
    /// The contradiction, a stable word.
    pub reason: String,
}

/// How many channels are contradicted.
pub(crate) async fn count_contradicted(tx: &mut Transaction<'_>) -> Result<u64, DatabaseError> {
    let sql = "SELECT COUNT(*) FROM channel WHERE contradicted IS NOT NULL";
    tx.query_one(sql, &[]).await?.get(0)
}

/// The contradicted channels, in the order of their ids.
pub(crate) async fn contradicted(
    tx: &mut Transaction<'_>,
    after: Option<ChannelId>,
    at_most: usize,
) -> Result<Vec<Contradicted>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT channel, generation, contradicted FROM channel
             WHERE contradicted IS NOT NULL AND channel > $1 ORDER BY channel LIMIT $2",
            params![cursor(after), limit(at_most)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Contradicted {
                channel: row.get(0)?,
                generation: row.get(1)?,
                reason: row.get(2)?,
            })
        })
        .collect()
}

/// Stores the time of a statement about the channel. No later statement has an earlier time.
pub(crate) async fn set_stated(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    stated: Time,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE channel SET stated_ms = $1 WHERE channel = $2",
        params![stated, channel],
    )
    .await?;
    Ok(())
}

/// Stores the broker's newest number of that generation.
pub(crate) async fn set_sent(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    generation: Generation,
    sent: Number,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE channel SET sent = $1 WHERE channel = $2 AND generation = $3",
        params![sent, channel, generation],
    )
    .await?;
    Ok(())
}

/// Channels with messages that the broker is not known to have, or whose generation the broker has yet to start.
pub(crate) async fn unsent(
    tx: &mut Transaction<'_>,
    after: Option<ChannelId>,
    at_most: usize,
) -> Result<Vec<ChannelId>, DatabaseError> {
    ids(tx
        .query(
            "SELECT channel FROM channel WHERE sent < number AND channel > $1 ORDER BY channel LIMIT $2",
            params![cursor(after), limit(at_most)],
        )
        .await?)
}

/// Channels that are not ready.
pub(crate) async fn not_ready(
    tx: &mut Transaction<'_>,
    after: Option<ChannelId>,
    at_most: usize,
) -> Result<Vec<ChannelId>, DatabaseError> {
    ids(tx
        .query(
            "SELECT channel FROM channel WHERE ready = 0 AND channel > $1 ORDER BY channel LIMIT $2",
            params![cursor(after), limit(at_most)],
        )
        .await?)
}

/// The states of all channels, in the order of their ids.
pub(crate) async fn page(
    tx: &mut Transaction<'_>,
    after: Option<ChannelId>,
    at_most: usize,
) -> Result<Vec<ChannelRow>, DatabaseError> {
    let rows = tx
        .query(
            concat!(
                "SELECT ",
                columns!(),
                " FROM channel WHERE channel > $1 ORDER BY channel LIMIT $2"
            ),
            params![cursor(after), limit(at_most)],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Deletes a channel and everything that is stored for it.
pub(crate) async fn erase(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
) -> Result<(), DatabaseError> {
    for statement in [
        "DELETE FROM channel WHERE channel = $1",
        "DELETE FROM seen WHERE channel = $1",
        "DELETE FROM outgoing WHERE channel = $1",
        "DELETE FROM stuck WHERE channel = $1",
        "DELETE FROM device WHERE channel = $1",
        "DELETE FROM device_grant WHERE channel = $1",
        "DELETE FROM own_entry WHERE channel = $1",
        "DELETE FROM inbox WHERE channel = $1",
        "DELETE FROM snapshot_part WHERE snapshot IN (SELECT place FROM snapshot WHERE channel = $1)",
        "DELETE FROM snapshot WHERE channel = $1",
    ] {
        tx.execute(statement, params![channel]).await?;
    }
    Ok(())
}

/// The cursor before all ids, if there is no channel to continue after.
fn cursor(after: Option<ChannelId>) -> Vec<u8> {
    after.map_or(Vec::new(), |channel| channel.as_bytes().to_vec())
}

fn ids(rows: Vec<Row>) -> Result<Vec<ChannelId>, DatabaseError> {
    rows.iter().map(|row| row.get(0)).collect()
}
