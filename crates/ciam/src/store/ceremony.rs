//! Challenges that were answered.

use crate::challenge_lifetime::LIFETIME_MS;
use database::{DatabaseError, Transaction, params};
use types::Time;

/// Records that `challenge`, which nobody may answer after `end`, was answered. Returns whether that is new. Forgets
/// those that ended a lifetime before `now`: a request that began earlier, or a node whose clock is behind, may still
/// take one for good that has just ended.
pub(crate) async fn answer(
    tx: &mut Transaction<'_>,
    challenge: &[u8],
    (end, now): (Time, Time),
) -> Result<bool, DatabaseError> {
    tx.execute(
        "DELETE FROM answered_challenge WHERE expires_ms < $1",
        params![now.minus_ms(LIFETIME_MS)],
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
