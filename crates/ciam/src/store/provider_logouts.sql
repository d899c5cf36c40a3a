-- Logouts at the outside provider. provider_subject and provider_session: blind indexes of who logged in there, and of that
-- login. NULL for sessions of before.
ALTER TABLE session ADD COLUMN provider_subject BLOB;
ALTER TABLE session ADD COLUMN provider_session BLOB;
CREATE INDEX session_of_provider_subject ON session (provider_subject) WHERE provider_subject IS NOT NULL;
CREATE INDEX session_of_provider_session ON session (provider_session) WHERE provider_session IS NOT NULL;
-- What ended there lately: a session that begins late, of a login of before, does not begin.
CREATE TABLE provider_logout (
    login BLOB PRIMARY KEY,
    ended_ms INTEGER NOT NULL
);
CREATE INDEX provider_logout_by_time ON provider_logout (ended_ms);
