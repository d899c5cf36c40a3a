-- Payments that other apps prepared, each waiting for an order of its customer with its id. key: of the app's Idempotency-Key, with
-- app and customer. body: SHA-256 of the payment. sealed: what the customer is shown, and who that is. declined: whether the customer declined it. changes: how
-- often it or its order changed; heard: how many of these changes the app was told of.
CREATE TABLE initiation (
    customer BYTEA NOT NULL,
    initiation TEXT NOT NULL,
    client TEXT NOT NULL,
    key BYTEA NOT NULL,
    body BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    declined BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    heard BIGINT NOT NULL,
    PRIMARY KEY (customer, initiation)
);
CREATE UNIQUE INDEX initiation_by_key ON initiation (key);
CREATE INDEX initiation_to_hear ON initiation (created_ms) WHERE changes > heard;
CREATE INDEX initiation_by_expiry ON initiation (expires_ms);
-- Beside changes of brakes, other facts of gateway's own are told.
ALTER TABLE brake_change RENAME TO untold;
-- Up to where the core bank's changes were looked at, so that other apps hear of them.
CREATE TABLE seen_changes (
    cursor BIGINT NOT NULL
);
