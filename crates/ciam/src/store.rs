//! ciam's tables and all SQL over them. Nobody else reads them.

pub(crate) mod code;
pub(crate) mod customer;
pub(crate) mod device;
pub(crate) mod revocation;
pub(crate) mod signing_key;

pub(crate) use customer::CustomerIndex;
use database::{DatabaseError, Migration, Transaction, params};

/// The schema of ciam's database.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "devices",
        sql: include_str!("store/schema.sql"),
    },
    Migration {
        version: 2,
        name: "audit",
        sql: audit::SCHEMA,
    },
];

/// The next number of a statement or a revocation: one sequence for both, so that "revocations after a statement's
/// number" means those that came later.
pub(crate) async fn next_number(tx: &mut Transaction<'_>) -> Result<u64, DatabaseError> {
    tx.query_one(
        "UPDATE register SET number = number + 1 RETURNING number",
        params![],
    )
    .await?
    .get("number")
}

/// As a column holds it. These numbers count acts of people: they stay below 2^63.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
