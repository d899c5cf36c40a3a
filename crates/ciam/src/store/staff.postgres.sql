-- See the text for SQLite for what is what.
CREATE TABLE staff (
    staff BYTEA PRIMARY KEY,
    name BYTEA NOT NULL,
    roles TEXT COLLATE "C" NOT NULL,
    made_ms BIGINT NOT NULL,
    code_mac BYTEA UNIQUE,
    code_expires_ms BIGINT,
    session_key BYTEA UNIQUE,
    passkey BYTEA UNIQUE,
    cose_key BYTEA,
    backup_eligible BIGINT,
    activated_ms BIGINT,
    was_active BIGINT NOT NULL DEFAULT 0,
    disabled_ms BIGINT
);

CREATE TABLE staff_session (
    staff BYTEA PRIMARY KEY REFERENCES staff (staff),
    session BYTEA NOT NULL UNIQUE,
    token_hash BYTEA NOT NULL UNIQUE,
    expires_ms BIGINT NOT NULL
);

CREATE TABLE proposal (
    proposal BYTEA PRIMARY KEY,
    staff BYTEA NOT NULL REFERENCES staff (staff),
    act BYTEA NOT NULL,
    reason BYTEA NOT NULL,
    customer_index BYTEA,
    made_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    answered_by BYTEA REFERENCES staff (staff),
    answer_reason BYTEA,
    outcome BYTEA
);
CREATE INDEX proposal_by_end ON proposal (expires_ms);

CREATE TABLE erasure (
    customer_index BYTEA PRIMARY KEY,
    customer BYTEA NOT NULL
);

ALTER TABLE register ADD COLUMN staffed_ms BIGINT;
