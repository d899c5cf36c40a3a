-- A message to somebody. letter: address and text, sealed, until the message has ended. quiet_hours: when it is held back. due_ms: when it is
-- handed to the carrier, or handed again. ended: how it ended; reference: the carrier's name of it; delivered: what the carrier reported.
CREATE TABLE message (
    id BYTEA PRIMARY KEY,
    way TEXT NOT NULL,
    kind TEXT NOT NULL,
    letter BYTEA,
    quiet_hours TEXT,
    tries BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    ended TEXT,
    ended_ms BIGINT,
    reference TEXT,
    delivered BIGINT
);
CREATE INDEX message_due ON message (way, due_ms) WHERE ended_ms IS NULL;
CREATE INDEX message_ended ON message (ended_ms) WHERE ended_ms IS NOT NULL;
CREATE INDEX message_reference ON message (reference) WHERE reference IS NOT NULL;

-- How a customer is reached, and wants to be, sealed.
CREATE TABLE contact (
    customer_index BYTEA PRIMARY KEY,
    contact BYTEA NOT NULL
);
