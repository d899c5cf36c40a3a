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

/// All records, oldest first, each with the `number` and `hash` that it is kept under.
pub const READ: &str = "SELECT number, hash, record FROM audit ORDER BY number";
