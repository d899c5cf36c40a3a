-- A customer's password and the secret of their authenticator app, both sealed: a login without a passkey. step: the last 30
-- seconds whose code was used.
CREATE TABLE password (
    customer_index BLOB PRIMARY KEY REFERENCES customer (customer_index),
    hash BLOB NOT NULL,
    secret BLOB NOT NULL,
    step INTEGER NOT NULL,
    device TEXT NOT NULL,
    set_ms INTEGER NOT NULL
);

-- A session that a password began has no passkey.
CREATE TABLE session_of_any_login (
    device TEXT PRIMARY KEY REFERENCES device (device),
    session BLOB NOT NULL UNIQUE,
    customer_index BLOB NOT NULL,
    passkey BLOB,
    refresh_hash BLOB NOT NULL,
    began_ms INTEGER NOT NULL,
    used_ms INTEGER NOT NULL,
    place BLOB,
    expires_ms INTEGER NOT NULL
);
INSERT INTO session_of_any_login (device, session, customer_index, passkey, refresh_hash, began_ms, used_ms, place, expires_ms)
SELECT device, session, customer_index, passkey, refresh_hash, began_ms, used_ms, place, expires_ms FROM session;
DROP TABLE session;
ALTER TABLE session_of_any_login RENAME TO session;
CREATE INDEX session_of_customer ON session (customer_index);
CREATE INDEX session_of_passkey ON session (passkey);
