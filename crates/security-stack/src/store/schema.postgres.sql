-- The server keys that are valid: at most two, and those that were retired a moment ago. hash: SHA-256 of the key. sessions: the
-- derived key that opens client session variables, sealed.
CREATE TABLE server_key (
    hash BYTEA PRIMARY KEY,
    sessions BYTEA NOT NULL,
    added_ms BIGINT NOT NULL,
    retired_ms BIGINT
);

-- The packages whose session variables were used.
CREATE TABLE used_package (
    package TEXT PRIMARY KEY,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX used_package_by_expiry ON used_package (expires_ms);

-- The packages that did not pass. layer: 1 to 4; 0 is the firewall. seen: everything that is known of it, sealed.
CREATE TABLE exception (
    number BIGINT PRIMARY KEY,
    time_ms BIGINT NOT NULL,
    layer BIGINT NOT NULL,
    reason TEXT NOT NULL,
    address TEXT NOT NULL,
    seen BYTEA NOT NULL
);
CREATE INDEX exception_by_time ON exception (time_ms);

-- Addresses that may not connect, by the newest exception that disallowed them. released_ms: null until a person has reviewed it.
CREATE TABLE disallowed (
    address TEXT PRIMARY KEY,
    since_ms BIGINT NOT NULL,
    exception BIGINT NOT NULL,
    released_ms BIGINT,
    released_by TEXT,
    reason TEXT
);

-- Devices that packages named which did not pass, and until when they are marked.
CREATE TABLE marked_device (
    device TEXT PRIMARY KEY,
    until_ms BIGINT NOT NULL,
    exception BIGINT NOT NULL
);
CREATE INDEX marked_device_of ON marked_device (exception);
