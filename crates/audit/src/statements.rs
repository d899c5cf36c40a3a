//! The table that each service keeps its chain in, and the statements over it; the same everywhere, so that one program
//! verifies them all.

/// The table.
pub const SCHEMA: &str = "
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        hash BLOB NOT NULL,
        record BLOB NOT NULL
    );";

/// The head, a row of `number` and `hash`; none before the first record.
pub const NEWEST: &str = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1";

/// Stores a record: its number, its hash, its bytes.
pub const INSERT: &str = "INSERT INTO audit (number, hash, record) VALUES ($1, $2, $3)";

/// The `record`s after a number, at most so many, oldest first.
pub const READ_AFTER: &str =
    "SELECT number, record FROM audit WHERE number > $1 ORDER BY number LIMIT $2";
