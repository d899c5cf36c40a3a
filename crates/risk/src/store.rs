//! risk's tables and all SQL over them. No other service reads them.

pub(crate) mod activity;
pub(crate) mod case;
pub(crate) mod customer;
pub(crate) mod decision;
pub(crate) mod device;
pub(crate) mod list;
pub(crate) mod rule_set;

use database::Migration;

/// The schema of risk's database.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "rules, lists, history, decisions, cases",
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

/// A blind index of a customer or of an account.
pub(crate) type Index = [u8; 32];

/// The id of a decision: 16 random bytes.
pub(crate) type DecisionId = [u8; 16];
