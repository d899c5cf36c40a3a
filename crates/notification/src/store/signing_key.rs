//! The keys that notification signs with, wrapped by the vault.

use database::{DatabaseError, Transaction, params};
use types::{Kid, PublicKey, Time};
use vault::Wrapped;

/// A signing key as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct SigningKeyRow {
    /// What it signs: `head` or `grant`.
    pub(crate) purpose: String,
    /// Its public half.
    pub(crate) public: PublicKey,
    /// The key, wrapped.
    pub(crate) wrapped: Wrapped,
    /// The first millisecond of what it may sign.
    pub(crate) from: Time,
    /// The last.
    pub(crate) until: Time,
    /// When the root was first seen to list it.
    pub(crate) listed_since: Option<Time>,
}

/// Keeps a new key.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    row: &SigningKeyRow,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO signing_key (kid, purpose, public_key, wrapped_under, wrapped, from_ms, until_ms,
            listed_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            row.public.kid(),
            &row.purpose,
            row.public,
            row.wrapped.key,
            &row.wrapped.bytes,
            row.from,
            row.until,
            row.listed_since
        ],
    )
    .await?;
    Ok(())
}

/// A trust list names the key since then at the latest; one that was listed before stays as it is.
pub(crate) async fn note_listed(
    tx: &mut Transaction<'_>,
    kid: Kid,
    now: Time,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE signing_key SET listed_ms = $1 WHERE kid = $2 AND listed_ms IS NULL",
        params![now, kid],
    )
    .await?;
    Ok(())
}

/// All keys, the oldest first.
pub(crate) async fn all(tx: &mut Transaction<'_>) -> Result<Vec<SigningKeyRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT purpose, public_key, wrapped_under, wrapped, from_ms, until_ms, listed_ms FROM signing_key ORDER BY from_ms, kid",
            &[],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(SigningKeyRow {
                purpose: row.get(0)?,
                public: row.get(1)?,
                wrapped: Wrapped {
                    key: row.get(2)?,
                    bytes: row.get(3)?,
                },
                from: row.get(4)?,
                until: row.get(5)?,
                listed_since: row.get(6)?,
            })
        })
        .collect()
}
