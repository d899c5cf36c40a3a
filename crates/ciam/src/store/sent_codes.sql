-- One-time codes that were sent, each for a login on one device. code: sealed. password_ms: when the password was set with which it
-- was asked for; null if the password was wrong, so that nobody has the code.
CREATE TABLE sent_code (
    device TEXT PRIMARY KEY,
    code BLOB NOT NULL,
    password_ms INTEGER,
    expires_ms INTEGER NOT NULL
);
CREATE INDEX sent_code_by_expiry ON sent_code (expires_ms);
