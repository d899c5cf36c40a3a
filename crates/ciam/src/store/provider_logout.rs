//! Logins at the outside provider that have ended there lately.

use crate::challenge_lifetime::LIFETIME_MS;
use database::{DatabaseError, Transaction, params};
use types::Time;

/// How long an ended login is remembered: longer than a login may take from the provider's page to its session.
const KEPT_MS: u64 = 2 * LIFETIME_MS;

/// A blind index of whose login it is, or of the login itself.
pub(crate) type LoginIndex = [u8; 32];

/// Remembers that such logins have ended, if they were not later than `ended`.
pub(crate) async fn remember(
    tx: &mut Transaction<'_>,
    login: LoginIndex,
    (ended, now): (Time, Time),
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM provider_logout WHERE ended_ms < $1",
        params![now.minus_ms(KEPT_MS)],
    )
    .await?;
    tx.execute(
        "INSERT INTO provider_logout (login, ended_ms) VALUES ($1, $2)
         ON CONFLICT (login) DO UPDATE SET ended_ms = excluded.ended_ms
         WHERE provider_logout.ended_ms < excluded.ended_ms",
        params![login, ended],
    )
    .await?;
    Ok(())
}

/// When the newest of such logins has ended.
pub(crate) async fn ended(
    tx: &mut Transaction<'_>,
    login: LoginIndex,
) -> Result<Option<Time>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT ended_ms FROM provider_logout WHERE login = $1",
            params![login],
        )
        .await?;
    row.map(|row| row.get("ended_ms")).transpose()
}
