//! notification's tables and all SQL over them. No other service reads them.

pub(crate) mod acts;
pub(crate) mod book_head;
pub(crate) mod channel;
pub(crate) mod device;
pub(crate) mod history_page;
pub(crate) mod inbox;
pub(crate) mod lagging;
pub(crate) mod message_key;
pub(crate) mod outgoing;
pub(crate) mod register;
pub(crate) mod seen;
pub(crate) mod signing_key;
pub(crate) mod snapshot;

use database::Migration;

/// PostgreSQL's first migration contains these changes already: it has the schema of SQLite's fourth.
const IN_THE_FIRST: Option<&str> = Some("");

/// The schema of notification's database.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "channels",
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
        name: "incarnations",
        sql: include_str!("store/incarnations.sql"),
        postgres: IN_THE_FIRST,
    },
    Migration {
        version: 4,
        name: "snapshots of version 2",
        sql: include_str!("store/schema_snapshot2.sql"),
        postgres: IN_THE_FIRST,
    },
    Migration {
        version: 5,
        name: "devices by id",
        sql: include_str!("store/device_index.sql"),
        postgres: None,
    },
];

/// The index of a subject in these tables: a keyed hash of its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SubjectIndex(pub(crate) [u8; 16]);

impl SubjectIndex {
    /// Takes the first half of a blind index, which is enough to distinguish all subjects of a bank.
    pub(crate) fn of(index: &[u8; 32]) -> Self {
        let mut half = [0; 16];
        half.iter_mut()
            .zip(index)
            .for_each(|(to, from)| *to = *from);
        Self(half)
    }
}

/// The number as a column stores it.
///
/// # Panics
/// At 2^63. No counter here reaches that.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or_else(|_| panic!("{number} does not fit into a column"))
}

/// A limit as a statement parameter.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
