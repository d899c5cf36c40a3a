-- Logins at an outside provider. session_key: the thumbprint of the only session key that may use the code. at_provider: whether
-- the session began there.
ALTER TABLE activation_code ADD COLUMN session_key BLOB;
ALTER TABLE session ADD COLUMN at_provider INTEGER NOT NULL DEFAULT 0;
