//! ciam's tables and all SQL over them. No other service reads them.

pub(crate) mod access_change;
pub(crate) mod authorization;
pub(crate) mod call;
pub(crate) mod client_event;
pub(crate) mod client_grant;
pub(crate) mod client_logout;
pub(crate) mod code;
pub(crate) mod consent;
pub(crate) mod customer;
pub(crate) mod device;
pub(crate) mod erasure;
pub(crate) mod held_by_clients;
pub(crate) mod passkey;
pub(crate) mod password;
pub(crate) mod plain_session;
pub(crate) mod proposal;
pub(crate) mod provider_logout;
pub(crate) mod raised_limit;
pub(crate) mod refused_login;
pub(crate) mod revocation;
pub(crate) mod sent_code;
pub(crate) mod session;
pub(crate) mod signing_key;
pub(crate) mod staff;
pub(crate) mod stop;
pub(crate) mod used_once;

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
        // PostgreSQL's first migration contains this already.
        postgres: Some(""),
    },
    Migration {
        version: 4,
        name: "passkeys",
        sql: include_str!("store/passkeys.sql"),
        postgres: Some(include_str!("store/passkeys.postgres.sql")),
    },
    Migration {
        version: 5,
        name: "evenly forgotten",
        sql: include_str!("store/evenly_forgotten.sql"),
        postgres: None,
    },
    Migration {
        version: 6,
        name: "stopped customers",
        sql: include_str!("store/stops.sql"),
        postgres: Some(include_str!("store/stops.postgres.sql")),
    },
    Migration {
        version: 7,
        name: "waiting devices",
        sql: include_str!("store/waiting_devices.sql"),
        postgres: Some(include_str!("store/waiting_devices.postgres.sql")),
    },
    Migration {
        version: 8,
        name: "openid",
        sql: include_str!("store/openid.sql"),
        postgres: Some(include_str!("store/openid.postgres.sql")),
    },
    Migration {
        version: 9,
        name: "access changes",
        sql: include_str!("store/access_changes.sql"),
        postgres: Some(include_str!("store/access_changes.postgres.sql")),
    },
    Migration {
        version: 10,
        name: "passwords",
        sql: include_str!("store/passwords.sql"),
        postgres: Some(include_str!("store/passwords.postgres.sql")),
    },
    Migration {
        version: 11,
        name: "client logouts",
        sql: include_str!("store/client_logouts.sql"),
        postgres: Some(include_str!("store/client_logouts.postgres.sql")),
    },
    Migration {
        version: 12,
        name: "calls",
        sql: include_str!("store/calls.sql"),
        postgres: Some(include_str!("store/calls.postgres.sql")),
    },
    Migration {
        version: 13,
        name: "login provider",
        sql: include_str!("store/login_provider.sql"),
        postgres: Some(include_str!("store/login_provider.postgres.sql")),
    },
    Migration {
        version: 14,
        name: "client events",
        sql: include_str!("store/client_events.sql"),
        postgres: Some(include_str!("store/client_events.postgres.sql")),
    },
    Migration {
        version: 15,
        name: "sent codes",
        sql: include_str!("store/sent_codes.sql"),
        postgres: Some(include_str!("store/sent_codes.postgres.sql")),
    },
    Migration {
        version: 16,
        name: "staff",
        sql: include_str!("store/staff.sql"),
        postgres: Some(include_str!("store/staff.postgres.sql")),
    },
    Migration {
        version: 17,
        name: "provider logouts",
        sql: include_str!("store/provider_logouts.sql"),
        postgres: Some(include_str!("store/provider_logouts.postgres.sql")),
    },
    Migration {
        version: 18,
        name: "raised limits",
        sql: include_str!("store/raised_limits.sql"),
        postgres: Some(include_str!("store/raised_limits.postgres.sql")),
    },
    Migration {
        version: 19,
        name: "plain sessions",
        sql: include_str!("store/plain_sessions.sql"),
        postgres: Some(include_str!("store/plain_sessions.postgres.sql")),
    },
];

/// JSON numbers are not exact beyond this; in microseconds, the year 2255.
pub(crate) const NUMBERS_END: u64 = 1 << 53;

/// The next number of a statement or a revocation. They share one sequence, so that "revocations after a statement's
/// number" means those that came later.
///
/// The number is at least the time in microseconds. After an older copy of these tables, which ends at a lower number,
/// is restored by hand, new numbers still exceed all earlier ones.
pub(crate) async fn next_number(tx: &mut Transaction<'_>, now: Time) -> Result<u64, DatabaseError> {
    let least = now.ms().saturating_mul(1000).min(NUMBERS_END);
    tx.query_one(
        "UPDATE register SET number = CASE WHEN number < $1 THEN $1 ELSE number + 1 END RETURNING number",
        params![signed(least)],
    )
    .await?
    .get("number")
}

/// The newest number in use.
pub(crate) async fn newest_number(tx: &mut Transaction<'_>) -> Result<u64, DatabaseError> {
    tx.query_one("SELECT number FROM register", params![])
        .await?
        .get("number")
}

/// Uses no number up to this one again.
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

/// The number as a column stores it.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or_else(|_| panic!("{number} does not fit into a column"))
}
