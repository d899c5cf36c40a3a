-- See the text for SQLite for what is what.
CREATE TABLE bank_call (
    customer_index BYTEA PRIMARY KEY REFERENCES customer (customer_index),
    desk TEXT COLLATE "C" NOT NULL,
    began_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL
);
