//! How far lists of others were followed; documents; the ids of notification's own entries.

use super::signed;
use database::{DatabaseError, Transaction, params};
use types::{ChannelId, EventId, Time};

/// How far a list was followed; 0 where it never was.
pub(crate) async fn progress(
    tx: &mut Transaction<'_>,
    name: &'static str,
) -> Result<u64, DatabaseError> {
    let row = tx
        .query_optional("SELECT value FROM progress WHERE name = $1", params![name])
        .await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// A list was followed that far.
pub(crate) async fn set_progress(
    tx: &mut Transaction<'_>,
    name: &'static str,
    value: u64,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO progress (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, signed(value)],
    )
    .await?;
    Ok(())
}

/// The time below which nothing is numbered or stated any more, of no channel.
const STATED: &str = "stated";

/// The time below which nothing is numbered or stated any more.
pub(crate) async fn stated(tx: &mut Transaction<'_>) -> Result<Time, DatabaseError> {
    progress(tx, STATED).await.map(Time::from_ms)
}

/// Nothing is numbered or stated below `time` any more; the time that holds now, which may be later.
pub(crate) async fn raise_stated(
    tx: &mut Transaction<'_>,
    time: Time,
) -> Result<Time, DatabaseError> {
    tx.execute(
        "INSERT INTO progress (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value =
            CASE WHEN progress.value < excluded.value THEN excluded.value ELSE progress.value END",
        params![STATED, signed(time.ms())],
    )
    .await?;
    stated(tx).await
}

/// A document.
pub(crate) async fn document(
    tx: &mut Transaction<'_>,
    name: &'static str,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    tx.query_optional("SELECT bytes FROM document WHERE name = $1", params![name])
        .await?
        .map(|row| row.get(0))
        .transpose()
}

/// Keeps a document in place of the last of its name.
pub(crate) async fn set_document(
    tx: &mut Transaction<'_>,
    name: &'static str,
    bytes: &[u8],
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO document (name, bytes) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes",
        params![name, bytes],
    )
    .await?;
    Ok(())
}

/// Remembers that an entry of that id was made; answers whether it is news. None is forgotten, because ciam may state the
/// devices of years again after a restore; a channel has at most two for each device that a code of the bank ever enrolled.
pub(crate) async fn remember_own_entry(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    id: &EventId,
) -> Result<bool, DatabaseError> {
    let rows = tx
        .execute(
            "INSERT INTO own_entry (channel, id) VALUES ($1, $2) ON CONFLICT (channel, id) DO NOTHING",
            params![channel, id],
        )
        .await?;
    Ok(rows > 0)
}
