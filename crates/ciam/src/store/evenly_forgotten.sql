-- Refusals of a scope are forgotten one by one: forgotten_ms is the time up to which they have been.
ALTER TABLE refused_login RENAME COLUMN last_ms TO forgotten_ms;
