-- See the text for SQLite for what is what.
CREATE TABLE raised_limit (
    customer BYTEA NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    day BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
);
