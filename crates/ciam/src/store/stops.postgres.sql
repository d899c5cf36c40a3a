-- Customers who stopped everything, and those whose stop gateway does not know to have ended. customer is sealed. number: of the
-- newest change, in one sequence with statements and revocations. stopped: whether it began a stop; otherwise it ended one.
-- changed_ms: when. devices: how many devices it revoked. told: whether gateway has done it.
CREATE TABLE customer_stop (
    customer_index BYTEA PRIMARY KEY,
    customer BYTEA NOT NULL,
    number BIGINT NOT NULL,
    stopped BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    devices BIGINT NOT NULL,
    told BIGINT NOT NULL
);
CREATE INDEX customer_stop_untold ON customer_stop (number) WHERE told = 0;

-- Whether the customer stopped everything, and the device was revoked with all the others.
ALTER TABLE revocation ADD COLUMN by_stop BIGINT NOT NULL DEFAULT 0;
