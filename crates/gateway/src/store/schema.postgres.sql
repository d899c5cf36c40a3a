-- The schema on PostgreSQL: see the text for SQLite for what is what.
CREATE TABLE voucher (
    voucher BYTEA PRIMARY KEY,
    customer BYTEA NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    limit_minor_units BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    expires_ms BIGINT NOT NULL,
    spent_by TEXT COLLATE "C",
    signed BYTEA NOT NULL
);
CREATE INDEX voucher_of_device ON voucher (device, expires_ms);
CREATE INDEX voucher_by_expiry ON voucher (expires_ms);

CREATE TABLE intent (
    customer BYTEA NOT NULL,
    intent TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    received_ms BIGINT NOT NULL,
    refusal BIGINT NOT NULL,
    answer BYTEA NOT NULL,
    signed BYTEA NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    moved BIGINT,
    payee BYTEA,
    reason TEXT COLLATE "C",
    bank_reference TEXT COLLATE "C",
    date TEXT COLLATE "C",
    PRIMARY KEY (customer, intent)
);
CREATE INDEX intent_not_placed ON intent (received_ms) WHERE state = 'received';
CREATE INDEX intent_by_time ON intent (received_ms);
CREATE INDEX intent_moved ON intent (customer, received_ms) WHERE moved IS NOT NULL;
CREATE INDEX intent_of_payee ON intent (customer, payee) WHERE payee IS NOT NULL;

CREATE TABLE burnt (
    customer BYTEA NOT NULL,
    intent TEXT COLLATE "C" NOT NULL,
    burnt_ms BIGINT NOT NULL,
    PRIMARY KEY (customer, intent)
);
CREATE INDEX burnt_by_time ON burnt (burnt_ms);
