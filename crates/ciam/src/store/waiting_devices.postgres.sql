-- Codes that a customer's device made, and the devices that gave one and wait for that device's approval. made_by: the device that
-- made the code; null if the bank did. waiting, waiting_form, waiting_ms: who gave it, and when. comparison: the hash of the waiting
-- device's id, form and keys, of which a person compares six digits. approved: whether it may enrol.
ALTER TABLE activation_code ADD COLUMN made_by TEXT COLLATE "C";
ALTER TABLE activation_code ADD COLUMN waiting TEXT COLLATE "C";
ALTER TABLE activation_code ADD COLUMN waiting_form TEXT;
ALTER TABLE activation_code ADD COLUMN waiting_ms BIGINT;
ALTER TABLE activation_code ADD COLUMN comparison BYTEA;
ALTER TABLE activation_code ADD COLUMN approved BIGINT NOT NULL DEFAULT 0;
CREATE INDEX activation_code_made_by ON activation_code (made_by) WHERE made_by IS NOT NULL;
