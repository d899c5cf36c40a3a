-- The schema on PostgreSQL: see the text for SQLite for what is what.
CREATE TABLE challenge (
    customer BYTEA NOT NULL,
    intent TEXT COLLATE "C" NOT NULL,
    challenge BYTEA NOT NULL,
    reasons TEXT COLLATE "C" NOT NULL,
    expires_ms BIGINT NOT NULL,
    answer BYTEA,
    PRIMARY KEY (customer, intent)
);
CREATE INDEX challenge_by_expiry ON challenge (expires_ms);

ALTER TABLE intent ADD COLUMN ended BIGINT;
CREATE INDEX intent_challenged ON intent (customer, intent) WHERE state = 'challenged';
