-- See the text for SQLite for what is what.
ALTER TABLE session ADD COLUMN provider_subject BYTEA;
ALTER TABLE session ADD COLUMN provider_session BYTEA;
CREATE INDEX session_of_provider_subject ON session (provider_subject) WHERE provider_subject IS NOT NULL;
CREATE INDEX session_of_provider_session ON session (provider_session) WHERE provider_session IS NOT NULL;
CREATE TABLE provider_logout (
    login BYTEA PRIMARY KEY,
    ended_ms BIGINT NOT NULL
);
CREATE INDEX provider_logout_by_time ON provider_logout (ended_ms);
