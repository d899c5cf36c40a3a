//! The stack's tables and all SQL over them. Nobody else reads them.

pub(crate) mod disallowed;
pub(crate) mod exception;
pub(crate) mod key;
pub(crate) mod marked;
pub(crate) mod package;

use database::Migration;

/// The schema of the stack's database.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "the stack",
        sql: include_str!("store/schema.sql"),
        postgres: Some(include_str!("store/schema.postgres.sql")),
    },
    Migration {
        version: 2,
        name: "audit",
        sql: audit::SCHEMA,
        postgres: Some(audit::SCHEMA_POSTGRES),
    },
];
