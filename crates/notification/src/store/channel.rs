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
    /// What proves it; none at number 0, and where it was numbered before proofs were kept.
    pub(crate) proof: Option<Proof>,
    /// No statement or message from now on is older: the time of the last snapshot, or the one of all channels.
    pub(crate) stated: Time,
    /// The current key epoch.
    pub(crate) epoch: KeyEpoch,
    /// Whether it is known which events the customer's first snapshot contained.
    pub(crate) ready: bool,
    /// The newest number known to be at the broker; none where the broker has yet to begin this generation.
    pub(crate) sent: Option<Number>,
    /// Whether its entries and the core bank's books contradict each other.
    pub(crate) contradicted: bool,
}

/// What proves the newest message and its time to who does not have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    /// H(number - 1).
    pub(crate) before: Hash,
    /// The message in the form of a hole, as it travels.
    pub(crate) hole: Bytes,
}

impl Proof {
    /// Of a message, as it is or as a hole.
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
    /// The time of what is numbered or stated next: the server's clock may be set back, but nothing that a device gets is
    /// below what it got before.
    pub(crate) fn time(&self, now: Time) -> Time {
        now.max(self.head.time).max(self.stated)
    }

    /// Moves to `after`, which `message` makes.
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

/// Which customers have a channel, by the blind indices of their ids.
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

/// Keeps a new channel, before its first message, not ready. The broker has yet to begin a generation after the first.
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

/// The newest message is now that of `row`, under the same key epoch.
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

/// From here on the entries are under `epoch`.
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

/// A later generation begins: `head` is its start; the broker has yet to begin it, and it is not ready.
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

/// It is known which events the snapshot contained.
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

/// The channel's entries and the core bank's books contradict each other. Answers whether that is news.
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

/// No channel counts as contradicted any more.
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
    /// What contradicts, a stable word.
    pub reason: String,
}

/// How many channels are contradicted.
pub(crate) async fn count_contradicted(tx: &mut Transaction<'_>) -> Result<u64, DatabaseError> {
    let sql = "SELECT COUNT(*) FROM channel WHERE contradicted IS NOT NULL";
    tx.query_one(sql, &[]).await?.get(0)
}

/// The channels that are contradicted, in the order of their ids.
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

/// Something was stated about the channel at that time, below which no later statement may be.
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

/// The broker has that number of that generation.
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

/// Channels with messages that the broker is not known to have, or whose generation it has yet to begin.
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

/// Forgets a channel and everything that is kept for it.
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

/// Before all ids, where there is none to be after.
fn cursor(after: Option<ChannelId>) -> Vec<u8> {
    after.map_or(Vec::new(), |channel| channel.as_bytes().to_vec())
}

fn ids(rows: Vec<Row>) -> Result<Vec<ChannelId>, DatabaseError> {
    rows.iter().map(|row| row.get(0)).collect()
}
