-- The schema on PostgreSQL: see the text for SQLite for what is what.
CREATE TABLE brake (
    customer BYTEA NOT NULL,
    brake BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    minor_units BIGINT NOT NULL,
    since_ms BIGINT NOT NULL,
    loosens_ms BIGINT,
    then_minor_units BIGINT,
    PRIMARY KEY (customer, brake)
);
CREATE INDEX brake_loosening ON brake (loosens_ms) WHERE loosens_ms IS NOT NULL;
