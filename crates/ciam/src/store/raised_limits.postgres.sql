-- See the text for SQLite for what is what.
CREATE TABLE raised_limit (
    customer_index BYTEA PRIMARY KEY,
    customer BYTEA NOT NULL,
    number BIGINT NOT NULL,
    minor_units BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    until_ms BIGINT NOT NULL
);
