-- See the text for SQLite for what is what.
CREATE TABLE access_change (
    cause TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    channel BYTEA NOT NULL,
    changed_ms BIGINT NOT NULL,
    passkey BYTEA,
    device TEXT COLLATE "C",
    client TEXT COLLATE "C",
    name TEXT COLLATE "C",
    scopes TEXT COLLATE "C",
    reasons TEXT COLLATE "C",
    PRIMARY KEY (cause, kind)
);
INSERT INTO access_change (cause, kind, channel, changed_ms, passkey, device)
SELECT cause, CASE added WHEN 1 THEN 'passkey.added' ELSE 'passkey.removed' END, channel, changed_ms, passkey, device
FROM passkey_change;
DROP TABLE passkey_change;
