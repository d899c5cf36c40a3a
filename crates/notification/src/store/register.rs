//! Positions in other services' lists; documents; the ids of notification's own entries.

use super::signed;
use database::{DatabaseError, Transaction, params};
use types::{ChannelId, EventId, Time};

/// The position in a list; 0 before the first.
pub(crate) async fn progress(
    tx: &mut Transaction<'_>,
    name: &'static str,
) -> Result<u64, DatabaseError> {
    let row = tx
        .query_optional("SELECT value FROM progress WHERE name = $1", params![name])
        .await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Stores the position in a list.
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

/// The name of the lower bound of all channels' message and statement times.
const STATED: &str = "stated";

/// The lower bound of the times of later messages and statements, of all channels.
pub(crate) async fn stated(tx: &mut Transaction<'_>) -> Result<Time, DatabaseError> {
    progress(tx, STATED).await.map(Time::from_ms)
}

/// Raises the lower bound to `time`. Returns the bound that holds now, which may be later.
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

/// The content of a document.
pub(crate) async fn document(
    tx: &mut Transaction<'_>,
    name: &'static str,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    tx.query_optional("SELECT bytes FROM document WHERE name = $1", params![name])
        .await?
        .map(|row| row.get(0))
        .transpose()
}

/// Stores a document, replacing the one of the same name.
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

/// Stores that an entry with that id was made. Returns whether the id is new. The ids are never deleted, because ciam
/// may repeat the device statements of years after a restore. A channel has at most two ids for each device that it
/// ever enrolled, and for each passkey that its customer ever registered, and one for each change of the customer's brakes.
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
