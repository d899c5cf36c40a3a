//! What may be used once: answers to challenges, and the ids of proofs and assertions of clients.

use crate::challenge_lifetime::LIFETIME_MS;
use database::{DatabaseError, Transaction, params};
use protocol::{cbor, cbor_array};
use types::{Hash, Time};

/// What is stored of something with an id that is unique to whose it is.
pub(crate) fn hash_of((what, whose, id): (&str, &str, &str)) -> Hash {
    Hash::of(&cbor::encode(&cbor_array![
        "passbook used once",
        1,
        what,
        whose,
        id
    ]))
}

/// Records that `used`, which nobody may use after `end`, was used. Returns whether that is new. Forgets what ended a
/// lifetime before `now`: a request that began earlier, or a node whose clock is behind, may still take for good what has
/// just ended.
pub(crate) async fn use_up(
    tx: &mut Transaction<'_>,
    used: &[u8],
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
            params![used, end],
        )
        .await?;
    Ok(rows > 0)
}
