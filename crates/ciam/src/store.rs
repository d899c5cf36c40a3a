//! ciam's tables and all SQL over them. Nobody else reads them.

pub(crate) mod code;
pub(crate) mod customer;
pub(crate) mod device;
pub(crate) mod revocation;
pub(crate) mod signing_key;

pub(crate) use customer::CustomerIndex;
use database::{DatabaseError, Migration, Transaction, params};
use types::Time;

/// The schema of ciam's database.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "devices",
        sql: include_str!("store/schema.sql"),
        postgres: Some(include_str!("store/schema.postgres.sql")),
    },
    Migration {
        version: 2,
        name: "audit",
        sql: audit::SCHEMA,
        postgres: Some(audit::SCHEMA_POSTGRES),
    },
    Migration {
        version: 3,
        name: "forms and numbers",
        sql: include_str!("store/forms_and_numbers.sql"),
        // In the first already: PostgreSQL came with this version.
        postgres: Some(""),
    },
];

/// Beyond what JSON's numbers hold exactly; in microseconds, the year 2255.
pub(crate) const NUMBERS_END: u64 = 1 << 53;

/// The next number of a statement or a revocation: one sequence for both, so that "revocations after a statement's
/// number" means those that came later.
///
/// It is at least the time in microseconds. So numbers go on above all that were ever given also where an older copy of
/// these tables, which ends at a lower number, was put back by hand.
pub(crate) async fn next_number(tx: &mut Transaction<'_>, now: Time) -> Result<u64, DatabaseError> {
    let least = now.ms().saturating_mul(1000).min(NUMBERS_END);
    tx.query_one(
        "UPDATE register SET number = CASE WHEN number < $1 THEN $1 ELSE number + 1 END RETURNING number",
        params![signed(least)],
    )
    .await?
    .get("number")
}

/// The newest number that was given.
pub(crate) async fn newest_number(tx: &mut Transaction<'_>) -> Result<u64, DatabaseError> {
    tx.query_one("SELECT number FROM register", params![])
        .await?
        .get("number")
}

/// Gives no number again up to that one.
pub(crate) async fn skip_numbers(
    tx: &mut Transaction<'_>,
    number: u64,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE register SET number = $1 WHERE number < $1",
        params![signed(number)],
    )
    .await?;
    Ok(())
}

/// As a column holds it.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or_else(|_| panic!("{number} is no number of ciam's"))
}
