-- See the text for SQLite for what is what.
CREATE TABLE client_logout (
    grant_id BYTEA PRIMARY KEY,
    client TEXT COLLATE "C" NOT NULL,
    ended_ms BIGINT NOT NULL
);
CREATE INDEX client_logout_of_client ON client_logout (client, ended_ms, grant_id);
