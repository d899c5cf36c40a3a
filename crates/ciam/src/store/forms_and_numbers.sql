-- Statements of version 2 have the device's form. Devices from before are apps; their statements are signed anew.
ALTER TABLE device ADD COLUMN form TEXT NOT NULL DEFAULT 'app';
ALTER TABLE device ADD COLUMN statement_version INTEGER NOT NULL DEFAULT 1;
CREATE INDEX device_of_statement_version_1 ON device (statement_number) WHERE statement_version = 1;

-- A revocation stands by itself: it stays when its customer is erased, and may be of a device that an older copy of these
-- tables, put back in their place, does not know.
DROP VIEW revocation_of_channel;
DROP VIEW device_of_channel;
CREATE TABLE revocation_by_itself (
    number INTEGER PRIMARY KEY,
    device TEXT NOT NULL UNIQUE,
    channel BLOB NOT NULL,
    revoked_ms INTEGER NOT NULL,
    rekeyed_ms INTEGER
);
INSERT INTO revocation_by_itself (number, device, channel, revoked_ms, rekeyed_ms)
    SELECT revocation.number, revocation.device, customer.channel, revocation.revoked_ms, revocation.rekeyed_ms
    FROM revocation
    JOIN device ON device.device = revocation.device
    JOIN customer ON customer.customer_index = device.customer_index;
DROP TABLE revocation;
ALTER TABLE revocation_by_itself RENAME TO revocation;
CREATE INDEX revocation_without_rekey ON revocation (number) WHERE rekeyed_ms IS NULL;

CREATE VIEW device_of_channel AS
    SELECT device.*, customer.channel, customer.customer
    FROM device JOIN customer ON customer.customer_index = device.customer_index;
