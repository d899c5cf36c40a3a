-- The bank's staff. Names, acts, reasons and outcomes are sealed. An activation code is stored as an HMAC; it gives way to the
-- session key and the passkey of who activated the account with it.
CREATE TABLE staff (
    staff BLOB PRIMARY KEY,
    name BLOB NOT NULL,
    roles TEXT NOT NULL,
    made_ms INTEGER NOT NULL,
    code_mac BLOB UNIQUE,
    code_expires_ms INTEGER,
    session_key BLOB UNIQUE,
    passkey BLOB UNIQUE,
    cose_key BLOB,
    backup_eligible INTEGER,
    activated_ms INTEGER,
    was_active INTEGER NOT NULL DEFAULT 0,
    disabled_ms INTEGER
);

-- A member has one session at most. The token is a hash.
CREATE TABLE staff_session (
    staff BLOB PRIMARY KEY REFERENCES staff (staff),
    session BLOB NOT NULL UNIQUE,
    token_hash BLOB NOT NULL UNIQUE,
    expires_ms INTEGER NOT NULL
);

-- Acts that wait for a second person, or did. One that was answered has who answered, and one that was done its outcome.
CREATE TABLE proposal (
    proposal BLOB PRIMARY KEY,
    staff BLOB NOT NULL REFERENCES staff (staff),
    act BLOB NOT NULL,
    reason BLOB NOT NULL,
    customer_index BLOB,
    made_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    answered_by BLOB REFERENCES staff (staff),
    answer_reason BLOB,
    outcome BLOB
);
CREATE INDEX proposal_by_end ON proposal (expires_ms);

-- Customers whom notification has not erased yet.
CREATE TABLE erasure (
    customer_index BLOB PRIMARY KEY,
    customer BLOB NOT NULL
);

-- When the bank's first administrator activated their account: from then on the operator's token acts on no customer.
ALTER TABLE register ADD COLUMN staffed_ms INTEGER;
