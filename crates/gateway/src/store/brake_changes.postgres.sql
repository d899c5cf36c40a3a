-- The schema on PostgreSQL: see the text for SQLite for what is what.
CREATE TABLE brake_change (
    cause TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sealed BYTEA NOT NULL
);
