-- See the text for SQLite for what is what.
ALTER TABLE activation_code ADD COLUMN session_key BYTEA;
ALTER TABLE session ADD COLUMN at_provider BIGINT NOT NULL DEFAULT 0;
