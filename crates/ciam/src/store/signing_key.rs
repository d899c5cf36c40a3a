//! The keys that ciam signs with, wrapped by the vault.

use database::{DatabaseError, Row, Transaction, params};
use types::Kid;
use vault::{KeptKey, Wrapped};

/// The purpose of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyPurpose {
    /// Channel tokens.
    Token,
    /// Device statements.
    Statement,
}

impl KeyPurpose {
    pub(crate) const ALL: [Self; 2] = [Self::Token, Self::Statement];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Statement => "statement",
        }
    }

    /// The wrapping context of such a key.
    pub(crate) const fn used_for(self) -> &'static str {
        match self {
            Self::Token => "ciam token",
            Self::Statement => "ciam statement",
        }
    }
}

fn read(row: &Row) -> Result<KeptKey, DatabaseError> {
    Ok(KeptKey {
        public: row.get("public_key")?,
        wrapped: Some(Wrapped {
            key: row.get("wrapped_under")?,
            bytes: row.get("wrapped")?,
        })
        .filter(|wrapped| !wrapped.bytes.is_empty()),
        from: row.get("from_ms")?,
        until: row.get("until_ms")?,
    })
}

/// Stores a new key.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    purpose: KeyPurpose,
    key: &KeptKey,
) -> Result<(), DatabaseError> {
    let (under, bytes) = columns(key.wrapped.as_ref());
    tx.execute(
        "INSERT INTO signing_key (kid, purpose, public_key, wrapped_under, wrapped, from_ms, until_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            key.public.kid(),
            purpose.as_str(),
            key.public,
            under,
            bytes,
            key.from,
            key.until,
        ],
    )
    .await?;
    Ok(())
}

/// The keys of a purpose, ordered by start of use.
pub(crate) async fn all(
    tx: &mut Transaction<'_>,
    purpose: KeyPurpose,
) -> Result<Vec<KeptKey>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT public_key, wrapped_under, wrapped, from_ms, until_ms FROM signing_key WHERE purpose = $1
             ORDER BY from_ms, kid",
            params![purpose.as_str()],
        )
        .await?;
    rows.iter().map(read).collect()
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

/// Deletes a key with its public half.
pub(crate) async fn delete(tx: &mut Transaction<'_>, kid: Kid) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM signing_key WHERE kid = $1", params![kid])
        .await?;
    Ok(())
}
