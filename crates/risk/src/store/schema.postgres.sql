-- The schema on PostgreSQL: see the text for SQLite for what is what.
CREATE TABLE rule_set (
    version BIGINT NOT NULL PRIMARY KEY,
    rules TEXT COLLATE "C" NOT NULL,
    stage TEXT COLLATE "C" NOT NULL,
    shadow BIGINT NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    tested_by TEXT COLLATE "C",
    activated_by TEXT COLLATE "C",
    written_ms BIGINT NOT NULL,
    activated_ms BIGINT
);

CREATE TABLE list (
    list TEXT COLLATE "C" NOT NULL,
    entry TEXT COLLATE "C" NOT NULL,
    risk BIGINT,
    until_ms BIGINT,
    person TEXT COLLATE "C" NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (list, entry)
);

CREATE TABLE customer (
    customer BYTEA NOT NULL PRIMARY KEY,
    place BYTEA NOT NULL,
    place_ms BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    place_before BYTEA,
    place_before_ms BIGINT
);

CREATE TABLE device (
    device TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    form TEXT COLLATE "C" NOT NULL,
    level BIGINT NOT NULL,
    first_id TEXT COLLATE "C" NOT NULL
);

CREATE TABLE device_user (
    device TEXT COLLATE "C" NOT NULL,
    customer BYTEA NOT NULL,
    last_ms BIGINT NOT NULL,
    PRIMARY KEY (device, customer)
);

CREATE TABLE activity (
    customer BYTEA NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    payee BYTEA,
    amount BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    denied BIGINT NOT NULL,
    fraud BIGINT NOT NULL,
    PRIMARY KEY (customer, id)
);
CREATE INDEX activity_of_customer ON activity (customer, at_ms);
CREATE INDEX activity_of_device ON activity (device, at_ms);
CREATE INDEX activity_of_payee ON activity (payee, at_ms) WHERE payee IS NOT NULL;
CREATE INDEX activity_frauds ON activity (payee) WHERE fraud = 1;

CREATE TABLE decision (
    decision BYTEA NOT NULL PRIMARY KEY,
    customer BYTEA NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    at_ms BIGINT NOT NULL,
    score BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX decision_by_time ON decision (at_ms);
CREATE INDEX decision_of_id ON decision (id);

CREATE TABLE risk_case (
    decision BYTEA NOT NULL PRIMARY KEY,
    opened_ms BIGINT NOT NULL,
    outcome TEXT COLLATE "C",
    person TEXT COLLATE "C",
    note TEXT COLLATE "C",
    closed_ms BIGINT
);
CREATE INDEX case_open ON risk_case (opened_ms) WHERE outcome IS NULL;
