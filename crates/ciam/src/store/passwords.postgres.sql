-- See the text for SQLite for what is what.
CREATE TABLE password (
    customer_index BYTEA PRIMARY KEY REFERENCES customer (customer_index),
    hash BYTEA NOT NULL,
    secret BYTEA NOT NULL,
    step BIGINT NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    set_ms BIGINT NOT NULL
);

ALTER TABLE session ALTER COLUMN passkey DROP NOT NULL;
