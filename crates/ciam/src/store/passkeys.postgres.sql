-- See the text for SQLite for what is what.
CREATE TABLE passkey (
    passkey BYTEA PRIMARY KEY,
    customer_index BYTEA NOT NULL REFERENCES customer (customer_index),
    credential BYTEA NOT NULL,
    name BYTEA NOT NULL,
    cose_key BYTEA NOT NULL,
    backup_eligible BIGINT NOT NULL,
    backed_up BIGINT NOT NULL,
    aaguid BYTEA NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    transports TEXT COLLATE "C" NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    registered_ms BIGINT NOT NULL,
    used_ms BIGINT
);
CREATE INDEX passkey_of_customer ON passkey (customer_index);

-- What notification has not been told yet of new and removed passkeys.
CREATE TABLE passkey_change (
    cause TEXT COLLATE "C" NOT NULL,
    added BIGINT NOT NULL,
    channel BYTEA NOT NULL,
    passkey BYTEA NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (cause, added)
);

-- A challenge that was answered is not answered again.
CREATE TABLE answered_challenge (
    challenge BYTEA PRIMARY KEY,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX answered_challenge_by_end ON answered_challenge (expires_ms);

-- A device has one session at most. The refresh token is a hash.
CREATE TABLE session (
    device TEXT COLLATE "C" PRIMARY KEY REFERENCES device (device),
    session BYTEA NOT NULL UNIQUE,
    customer_index BYTEA NOT NULL,
    passkey BYTEA NOT NULL,
    refresh_hash BYTEA NOT NULL,
    began_ms BIGINT NOT NULL,
    used_ms BIGINT NOT NULL,
    place BYTEA,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX session_of_customer ON session (customer_index);
CREATE INDEX session_of_passkey ON session (passkey);

-- Refused logins: scope is a keyed hash of what they are counted for.
CREATE TABLE refused_login (
    scope BYTEA PRIMARY KEY,
    customer_index BYTEA,
    refused BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    locked_until_ms BIGINT NOT NULL
);
CREATE INDEX refused_login_of_customer ON refused_login (customer_index);
CREATE INDEX refused_login_by_time ON refused_login (last_ms);
