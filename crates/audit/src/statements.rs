//! The audit table and the SQL statements over it. They are the same in each service, so one program verifies all
//! chains.

/// Creates the table.
pub const SCHEMA: &str = "
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        hash BLOB NOT NULL,
        record BLOB NOT NULL
    );";

/// The table on PostgreSQL.
pub const SCHEMA_POSTGRES: &str = "
    CREATE TABLE audit (
        number BIGINT PRIMARY KEY,
        hash BYTEA NOT NULL,
        record BYTEA NOT NULL
    );";

/// Reads the head: a row of `number` and `hash`. No row before the first record.
pub const NEWEST: &str = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1";

/// Stores a record. Parameters: number, hash, bytes.
pub const INSERT: &str = "INSERT INTO audit (number, hash, record) VALUES ($1, $2, $3)";

/// Reads the records before a number, newest first, each with the `number` of its row. Parameters: the number, the maximum.
pub const BEFORE: &str =
    "SELECT number, record FROM audit WHERE number < $1 ORDER BY number DESC LIMIT $2";

/// Reads all records, oldest first, each with the `number` and `hash` of its row.
pub const READ: &str = "SELECT number, hash, record FROM audit ORDER BY number";
