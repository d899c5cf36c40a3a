-- Who is a customer's device. Personal columns are sealed; customer_index is their HMAC blind index.

CREATE TABLE customer (
    customer_index BLOB PRIMARY KEY,
    customer BLOB NOT NULL,
    channel BLOB NOT NULL UNIQUE
);

-- The number that grows with every statement and every revocation: one row.
CREATE TABLE register (
    number INTEGER NOT NULL
);
INSERT INTO register (number) VALUES (0);

CREATE TABLE activation_code (
    code INTEGER PRIMARY KEY,
    customer_index BLOB NOT NULL,
    mac BLOB NOT NULL,
    expires_ms INTEGER NOT NULL,
    wrong_tries INTEGER NOT NULL,
    used_by TEXT
);
CREATE INDEX activation_code_of_customer ON activation_code (customer_index);

CREATE TABLE device (
    device TEXT PRIMARY KEY,
    customer_index BLOB NOT NULL REFERENCES customer (customer_index),
    session_key BLOB NOT NULL,
    approval_key BLOB NOT NULL,
    agreement_key BLOB NOT NULL,
    verdict TEXT NOT NULL,
    enrolled_ms INTEGER NOT NULL,
    statement_number INTEGER NOT NULL UNIQUE,
    statement BLOB NOT NULL,
    granted INTEGER NOT NULL,
    revocation INTEGER
);
CREATE INDEX device_of_customer ON device (customer_index);
CREATE INDEX device_without_grant ON device (statement_number) WHERE granted = 0 AND revocation IS NULL;

CREATE TABLE revocation (
    number INTEGER PRIMARY KEY,
    device TEXT NOT NULL UNIQUE REFERENCES device (device),
    revoked_ms INTEGER NOT NULL,
    rekeyed_ms INTEGER
);
CREATE INDEX revocation_without_rekey ON revocation (number) WHERE rekeyed_ms IS NULL;

-- Keys that sign, each wrapped by the vault. Purpose: token or statement. A token key signs from from_ms until the next
-- one's, and until_ms is far; a statement key's [from_ms, until_ms] is what the trust list says.
CREATE TABLE signing_key (
    kid BLOB PRIMARY KEY,
    purpose TEXT NOT NULL,
    public_key BLOB NOT NULL,
    wrapped_under INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL
);

CREATE VIEW device_of_channel AS
    SELECT device.*, customer.channel
    FROM device JOIN customer ON customer.customer_index = device.customer_index;

CREATE VIEW revocation_of_channel AS
    SELECT revocation.*, device_of_channel.channel
    FROM revocation JOIN device_of_channel ON device_of_channel.device = revocation.device;
