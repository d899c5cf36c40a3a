-- What notification has not been told yet of changes of who has access: passkeys, passwords, consents, logins. A column that a
-- kind does not have is null.
CREATE TABLE access_change (
    cause TEXT NOT NULL,
    kind TEXT NOT NULL,
    channel BLOB NOT NULL,
    changed_ms INTEGER NOT NULL,
    passkey BLOB,
    device TEXT,
    client TEXT,
    name TEXT,
    scopes TEXT,
    reasons TEXT,
    PRIMARY KEY (cause, kind)
);
INSERT INTO access_change (cause, kind, channel, changed_ms, passkey, device)
SELECT cause, CASE added WHEN 1 THEN 'passkey.added' ELSE 'passkey.removed' END, channel, changed_ms, passkey, device
FROM passkey_change;
DROP TABLE passkey_change;
