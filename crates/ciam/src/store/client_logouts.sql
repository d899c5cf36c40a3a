-- Logins that ended, of which their clients have to hear.
CREATE TABLE client_logout (
    grant_id BLOB PRIMARY KEY,
    client TEXT NOT NULL,
    ended_ms INTEGER NOT NULL
);
CREATE INDEX client_logout_of_client ON client_logout (client, ended_ms, grant_id);
