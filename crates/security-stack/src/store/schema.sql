-- The server keys that are valid: at most two, and those that were retired a moment ago. hash: SHA-256 of the key. sessions: the
-- derived key that opens client session variables, sealed.
CREATE TABLE server_key (
    hash BLOB PRIMARY KEY,
    sessions BLOB NOT NULL,
    added_ms INTEGER NOT NULL,
    retired_ms INTEGER
);

-- The packages whose session variables were used.
CREATE TABLE used_package (
    package TEXT PRIMARY KEY,
    expires_ms INTEGER NOT NULL
);
CREATE INDEX used_package_by_expiry ON used_package (expires_ms);

-- The packages that did not pass. layer: 1 to 4; 0 is the firewall. seen: everything that is known of it, sealed.
CREATE TABLE exception (
    number INTEGER PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    layer INTEGER NOT NULL,
    reason TEXT NOT NULL,
    address TEXT NOT NULL,
    seen BLOB NOT NULL
);
CREATE INDEX exception_by_time ON exception (time_ms);

-- Addresses that may not connect, by the newest exception that disallowed them. released_ms: null until a person has reviewed it.
CREATE TABLE disallowed (
    address TEXT PRIMARY KEY,
    since_ms INTEGER NOT NULL,
    exception INTEGER NOT NULL,
    released_ms INTEGER,
    released_by TEXT,
    reason TEXT
);

-- Devices that packages named which did not pass, and until when they are marked.
CREATE TABLE marked_device (
    device TEXT PRIMARY KEY,
    until_ms INTEGER NOT NULL,
    exception INTEGER NOT NULL
);
CREATE INDEX marked_device_of ON marked_device (exception);
