//! Challenges that were answered.

use database::{DatabaseError, Transaction, params};
use types::Time;

/// Records that `challenge`, which nobody may answer after `end`, was answered. Returns whether that is new. Forgets
/// those that ended before `now`.
pub(crate) async fn answer(
    tx: &mut Transaction<'_>,
    challenge: &[u8],
    (end, now): (Time, Time),
) -> Result<bool, DatabaseError> {
    tx.execute(
        "DELETE FROM answered_challenge WHERE expires_ms < $1",
        params![now],
    )
    .await?;
    let rows = tx
        .execute(
            "INSERT INTO answered_challenge (challenge, expires_ms) VALUES ($1, $2)
             ON CONFLICT (challenge) DO NOTHING",
            params![challenge, end],
        )
        .await?;
    Ok(rows > 0)
}
