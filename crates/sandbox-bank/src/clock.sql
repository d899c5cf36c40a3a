-- One row: how far the operator moved the bank's clock ahead of the servers'.
CREATE TABLE clock (ahead_ms BIGINT NOT NULL);
INSERT INTO clock (ahead_ms) VALUES (0);
