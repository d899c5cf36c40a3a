//! The meaning of PostgreSQL's errors.

use crate::{Cause, DatabaseError};
use std::sync::Arc;
use thiserror::Error;
use tokio_postgres::error::SqlState;

/// The server's error without the values of rows, which may be personal.
#[derive(Debug, Error)]
#[error("PostgreSQL error {code}: {message}")]
struct ServerAnswer {
    code: String,
    message: String,
}

/// How to continue after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Concurrent units conflict: one of them runs again.
    Conflict,
    /// The server is unavailable, or does not accept this connection's work now.
    Away,
    /// A constraint was violated.
    Constraint,
    /// The server's disk failed.
    DiskFailed,
    /// The statement is wrong.
    Statement,
}

/// The cause as errors contain it.
pub(super) fn cause_of(error: tokio_postgres::Error) -> Cause {
    match error.as_db_error() {
        Some(answer) => Arc::new(ServerAnswer {
            code: answer.code().code().to_owned(),
            message: answer.message().to_owned(),
        }),
        None => Arc::new(error),
    }
}

/// The meaning of a statement's error.
pub(super) fn meaning_of(error: &tokio_postgres::Error) -> Meaning {
    let Some(code) = error.code() else {
        // A value of the wrong type is the statement's fault. Any other client error broke the connection.
        let of_a_value = error.to_string().contains("serializing");
        return if of_a_value {
            Meaning::Statement
        } else {
            Meaning::Away
        };
    };
    let away = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        // A server that became a standby.
        SqlState::READ_ONLY_SQL_TRANSACTION,
    ];
    let damaged = [
        SqlState::IO_ERROR,
        SqlState::DATA_CORRUPTED,
        SqlState::INDEX_CORRUPTED,
    ];
    match code {
        code if code.code().starts_with("40") => Meaning::Conflict,
        code if code.code().starts_with("08") || away.contains(code) => Meaning::Away,
        code if code.code().starts_with("23") => Meaning::Constraint,
        code if damaged.contains(code) => Meaning::DiskFailed,
        _ => Meaning::Statement,
    }
}

/// The error of a statement.
pub(super) fn failed(statement: &'static str, error: tokio_postgres::Error) -> DatabaseError {
    let meaning = meaning_of(&error);
    // A concurrent insert of the same key may be the row that the unit looked for before.
    let repeated = error.code() == Some(&SqlState::UNIQUE_VIOLATION);
    let cause = cause_of(error);
    match meaning {
        Meaning::Conflict => DatabaseError::Conflict { cause },
        Meaning::Away => DatabaseError::Unavailable { cause },
        Meaning::Constraint => DatabaseError::Constraint {
            statement,
            repeated,
            cause,
        },
        Meaning::DiskFailed => DatabaseError::DiskFailed { cause },
        Meaning::Statement => DatabaseError::Statement { statement, cause },
    }
}
