-- The versions of the rules. stage: draft, tested, active or retired; exactly one is active. shadow: whether it judges beside
-- the active one, without effect.
CREATE TABLE rule_set (
    version INTEGER NOT NULL PRIMARY KEY,
    rules TEXT NOT NULL,
    stage TEXT NOT NULL,
    shadow INTEGER NOT NULL,
    author TEXT NOT NULL,
    tested_by TEXT,
    activated_by TEXT,
    written_ms INTEGER NOT NULL,
    activated_ms INTEGER
);

-- list: exception_user, trusted_address, untrusted_address, address_risk or negative_country. entry: a customer's blind index,
-- a prefix or a country. risk: of address_risk. until_ms: until when it counts.
CREATE TABLE list (
    list TEXT NOT NULL,
    entry TEXT NOT NULL,
    risk INTEGER,
    until_ms INTEGER,
    person TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (list, entry)
);

-- The last place of each customer. place: sealed.
CREATE TABLE customer (
    customer BLOB NOT NULL PRIMARY KEY,
    place BLOB NOT NULL,
    place_ms INTEGER NOT NULL,
    -- The order or login that came from it, and the place before, which it is measured from when it is asked again.
    id TEXT NOT NULL,
    place_before BLOB,
    place_before_ms INTEGER
);

-- What each device looked like at its last order or login. first_id: its first order or login.
CREATE TABLE device (
    device TEXT NOT NULL PRIMARY KEY,
    form TEXT NOT NULL,
    level INTEGER NOT NULL,
    first_id TEXT NOT NULL
);

-- Which customers used which device, and when last.
CREATE TABLE device_user (
    device TEXT NOT NULL,
    customer BLOB NOT NULL,
    last_ms INTEGER NOT NULL,
    PRIMARY KEY (device, customer)
);

-- Each order and login once, for the counts. payer, payee: blind indices of the accounts. denied, fraud: 0 or 1.
CREATE TABLE activity (
    customer BLOB NOT NULL,
    id TEXT NOT NULL,
    device TEXT NOT NULL,
    payee BLOB,
    amount INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    denied INTEGER NOT NULL,
    fraud INTEGER NOT NULL,
    PRIMARY KEY (customer, id)
);
CREATE INDEX activity_of_customer ON activity (customer, at_ms);
CREATE INDEX activity_of_device ON activity (device, at_ms);
CREATE INDEX activity_of_payee ON activity (payee, at_ms) WHERE payee IS NOT NULL;
CREATE INDEX activity_frauds ON activity (payee) WHERE fraud = 1;

-- Every decision. sealed: the customer, the features and the decision, also of shadow rules.
CREATE TABLE decision (
    decision BLOB NOT NULL PRIMARY KEY,
    customer BLOB NOT NULL,
    id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    score INTEGER NOT NULL,
    action TEXT NOT NULL,
    version INTEGER NOT NULL,
    sealed BLOB NOT NULL
);
CREATE INDEX decision_by_time ON decision (at_ms);
CREATE INDEX decision_of_id ON decision (id);

-- Decisions that a person looks at. outcome: fraud or genuine; null while the case is open.
CREATE TABLE risk_case (
    decision BLOB NOT NULL PRIMARY KEY,
    opened_ms INTEGER NOT NULL,
    outcome TEXT,
    person TEXT,
    note TEXT,
    closed_ms INTEGER
);
CREATE INDEX case_open ON risk_case (opened_ms) WHERE outcome IS NULL;
