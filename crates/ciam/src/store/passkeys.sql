-- Passkeys, logins and sessions. Names, credential ids and addresses are sealed; a passkey is found by the first 16 bytes of
-- SHA-256 of its credential id.
CREATE TABLE passkey (
    passkey BLOB PRIMARY KEY,
    customer_index BLOB NOT NULL REFERENCES customer (customer_index),
    credential BLOB NOT NULL,
    name BLOB NOT NULL,
    cose_key BLOB NOT NULL,
    backup_eligible INTEGER NOT NULL,
    backed_up INTEGER NOT NULL,
    aaguid BLOB NOT NULL,
    verdict TEXT NOT NULL,
    transports TEXT NOT NULL,
    device TEXT NOT NULL,
    registered_ms INTEGER NOT NULL,
    used_ms INTEGER
);
CREATE INDEX passkey_of_customer ON passkey (customer_index);

-- What notification has not been told yet of new and removed passkeys.
CREATE TABLE passkey_change (
    cause TEXT NOT NULL,
    added INTEGER NOT NULL,
    channel BLOB NOT NULL,
    passkey BLOB NOT NULL,
    device TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    PRIMARY KEY (cause, added)
);

-- A challenge that was answered is not answered again.
CREATE TABLE answered_challenge (
    challenge BLOB PRIMARY KEY,
    expires_ms INTEGER NOT NULL
);
CREATE INDEX answered_challenge_by_end ON answered_challenge (expires_ms);

-- A device has one session at most. The refresh token is a hash.
CREATE TABLE session (
    device TEXT PRIMARY KEY REFERENCES device (device),
    session BLOB NOT NULL UNIQUE,
    customer_index BLOB NOT NULL,
    passkey BLOB NOT NULL,
    refresh_hash BLOB NOT NULL,
    began_ms INTEGER NOT NULL,
    used_ms INTEGER NOT NULL,
    place BLOB,
    expires_ms INTEGER NOT NULL
);
CREATE INDEX session_of_customer ON session (customer_index);
CREATE INDEX session_of_passkey ON session (passkey);

-- Refused logins: scope is a keyed hash of what they are counted for.
CREATE TABLE refused_login (
    scope BLOB PRIMARY KEY,
    customer_index BLOB,
    refused INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    locked_until_ms INTEGER NOT NULL
);
CREATE INDEX refused_login_of_customer ON refused_login (customer_index);
CREATE INDEX refused_login_by_time ON refused_login (last_ms);
