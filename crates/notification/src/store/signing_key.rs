//! The keys that notification signs with, wrapped by the vault.

use database::{DatabaseError, Transaction, params};
use types::{Kid, Time};
use vault::{StoredKey, Wrapped};

/// A signing key, as stored.
#[derive(Debug, Clone)]
pub(crate) struct SigningKeyRow {
    /// Its purpose: `head`, `grant` or `voucher`.
    pub(crate) purpose: String,
    /// The key.
    pub(crate) key: StoredKey,
    /// The time at which the key was first seen on the root's list.
    pub(crate) listed_since: Option<Time>,
}

/// Stores a new key.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    row: &SigningKeyRow,
) -> Result<(), DatabaseError> {
    let (key, (under, bytes)) = (&row.key, columns(row.key.wrapped.as_ref()));
    tx.execute(
        "INSERT INTO signing_key (kid, purpose, public_key, wrapped_under, wrapped, from_ms, until_ms,
            listed_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            key.public.kid(),
            &row.purpose,
            key.public,
            under,
            bytes,
            key.from,
            key.until,
            row.listed_since
        ],
    )
    .await?;
    Ok(())
}

/// Stores the same key wrapped again, or without its private half, for verification only.
pub(crate) async fn set_wrapped(
    tx: &mut Transaction<'_>,
    kid: Kid,
    wrapped: Option<&Wrapped>,
) -> Result<(), DatabaseError> {
    let (under, bytes) = columns(wrapped);
    tx.execute(
        "UPDATE signing_key SET wrapped_under = $1, wrapped = $2 WHERE kid = $3",
        params![under, bytes, kid],
    )
    .await?;
    Ok(())
}

/// A destroyed private half has no bytes.
fn columns(wrapped: Option<&Wrapped>) -> (u32, &[u8]) {
    wrapped.map_or((0, &[]), |wrapped| (wrapped.key, &wrapped.bytes))
}

/// Stores that a trust list has named the key since that time at the latest. An earlier time stays.
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
                key: StoredKey {
                    public: row.get(1)?,
                    wrapped: Some(Wrapped {
                        key: row.get(2)?,
                        bytes: row.get(3)?,
                    })
                    .filter(|wrapped| !wrapped.bytes.is_empty()),
                    from: row.get(4)?,
                    until: row.get(5)?,
                },
                listed_since: row.get(6)?,
            })
        })
        .collect()
}
