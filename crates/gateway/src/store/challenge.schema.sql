-- The challenges to approve accepted orders again.
CREATE TABLE challenge (
    customer BLOB NOT NULL,
    intent TEXT NOT NULL,
    -- What the device signs.
    challenge BLOB NOT NULL,
    -- Why the bank asks: words, each followed by a space.
    reasons TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    -- The signed answer and its assertion, sealed. Null until the device has answered.
    answer BLOB,
    PRIMARY KEY (customer, intent)
);
CREATE INDEX challenge_by_expiry ON challenge (expires_ms);

-- The code with which gateway ended an order that it had accepted.
ALTER TABLE intent ADD COLUMN ended INTEGER;
CREATE INDEX intent_challenged ON intent (customer, intent) WHERE state = 'challenged';
