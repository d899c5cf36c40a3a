//! gateway's tables and all SQL over them. No other service reads them.

pub(crate) mod brake;
pub(crate) mod burnt;
pub(crate) mod challenge;
pub(crate) mod initiation;
pub(crate) mod intent;
pub(crate) mod raised_limit;
pub(crate) mod seen_changes;
pub(crate) mod stop;
pub(crate) mod untold;
pub(crate) mod voucher;

use database::Migration;

/// The schema of gateway's database.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "orders and vouchers",
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
        name: "challenges",
        sql: include_str!("store/challenge.schema.sql"),
        postgres: Some(include_str!("store/challenge.schema.postgres.sql")),
    },
    Migration {
        version: 4,
        name: "kinds of orders",
        sql: include_str!("store/kinds.sql"),
        postgres: Some(include_str!("store/kinds.postgres.sql")),
    },
    Migration {
        version: 5,
        name: "stopped customers",
        sql: include_str!("store/stops.sql"),
        postgres: Some(include_str!("store/stops.postgres.sql")),
    },
    Migration {
        version: 6,
        name: "customers' own brakes",
        sql: include_str!("store/brakes.sql"),
        postgres: Some(include_str!("store/brakes.postgres.sql")),
    },
    Migration {
        version: 7,
        name: "changes of brakes",
        sql: include_str!("store/brake_changes.sql"),
        postgres: Some(include_str!("store/brake_changes.postgres.sql")),
    },
    Migration {
        version: 8,
        name: "what challenges need",
        sql: include_str!("store/challenge_needs.sql"),
        postgres: None,
    },
    Migration {
        version: 9,
        name: "payments that other apps initiate",
        sql: include_str!("store/initiations.sql"),
        postgres: Some(include_str!("store/initiations.postgres.sql")),
    },
    Migration {
        version: 10,
        name: "raised limits",
        sql: include_str!("store/raised_limits.sql"),
        postgres: Some(include_str!("store/raised_limits.postgres.sql")),
    },
];

/// The blind index of a customer.
pub(crate) type CustomerIndex = [u8; 32];
