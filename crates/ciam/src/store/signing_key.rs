//! The keys that ciam signs with, wrapped by the vault.

use database::{DatabaseError, Row, Transaction, params};
use types::{Kid, PublicKey, Time};
use vault::Wrapped;

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyPurpose {
    /// Channel tokens.
    Token,
    /// Device statements.
    Statement,
}

impl KeyPurpose {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Statement => "statement",
        }
    }
}

/// A key as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct SigningKeyRow {
    pub(crate) public: PublicKey,
    pub(crate) wrapped: Wrapped,
    pub(crate) from: Time,
    pub(crate) until: Time,
}

impl SigningKeyRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            public: row.get("public_key")?,
            wrapped: Wrapped {
                key: row.get("wrapped_under")?,
                bytes: row.get("wrapped")?,
            },
            from: row.get("from_ms")?,
            until: row.get("until_ms")?,
        })
    }
}

/// Keeps a new key.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    purpose: KeyPurpose,
    row: &SigningKeyRow,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO signing_key (kid, purpose, public_key, wrapped_under, wrapped, from_ms, until_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            row.public.kid(),
            purpose.as_str(),
            row.public,
            row.wrapped.key,
            &row.wrapped.bytes,
            row.from,
            row.until,
        ],
    )
    .await?;
    Ok(())
}

/// The keys of a purpose, the first to be used first.
pub(crate) async fn all(
    tx: &mut Transaction<'_>,
    purpose: KeyPurpose,
) -> Result<Vec<SigningKeyRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT public_key, wrapped_under, wrapped, from_ms, until_ms FROM signing_key WHERE purpose = $1 ORDER BY from_ms",
            params![purpose.as_str()],
        )
        .await?;
    rows.iter().map(SigningKeyRow::read).collect()
}

/// Keeps the same key wrapped anew.
pub(crate) async fn rewrap(
    tx: &mut Transaction<'_>,
    kid: Kid,
    wrapped: &Wrapped,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE signing_key SET wrapped_under = $1, wrapped = $2 WHERE kid = $3",
        params![wrapped.key, &wrapped.bytes, kid],
    )
    .await?;
    Ok(())
}

/// Destroys a key.
pub(crate) async fn delete(tx: &mut Transaction<'_>, kid: Kid) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM signing_key WHERE kid = $1", params![kid])
        .await?;
    Ok(())
}
