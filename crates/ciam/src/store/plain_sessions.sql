-- Sessions of browsers without keys at the plain pages, one a customer at most. password_ms: when the password was set that began it.
CREATE TABLE plain_session (
    customer_index BLOB PRIMARY KEY REFERENCES customer (customer_index),
    session BLOB NOT NULL UNIQUE,
    password_ms INTEGER NOT NULL,
    began_ms INTEGER NOT NULL,
    used_ms INTEGER NOT NULL,
    place BLOB,
    expires_ms INTEGER NOT NULL
);
CREATE INDEX plain_session_by_expiry ON plain_session (expires_ms);

-- A browser asks for codes, too.
ALTER TABLE sent_code RENAME COLUMN device TO asked_by;
