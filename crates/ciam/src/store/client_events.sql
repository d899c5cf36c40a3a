-- What changed for a customer, of which a client has to hear. scope: the one that lets the client know it. payment: the one that
-- changed, or empty. changed_ms: when it first changed since the client heard. version: new with each change.
CREATE TABLE client_event (
    client TEXT NOT NULL,
    customer_index BLOB NOT NULL,
    scope TEXT NOT NULL,
    payment TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    version BLOB NOT NULL,
    PRIMARY KEY (client, customer_index, scope, payment)
);
CREATE INDEX client_event_of_client ON client_event (client, changed_ms, version);
