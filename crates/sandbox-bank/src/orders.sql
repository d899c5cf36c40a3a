-- held: the sum of the account's holds. state: open, frozen or closed.
ALTER TABLE account ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN state TEXT NOT NULL DEFAULT 'open';

-- bytes: the order's map. reference: the bank's. standing: the standing order that it is a payment of.
-- state: pending, executed, refused or cancelled. held: what is held for it.
-- step, due: what happens next, and when; null where nothing does.
CREATE TABLE customer_order (
    customer TEXT NOT NULL REFERENCES customer (id),
    intent TEXT NOT NULL,
    bytes BLOB NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    standing TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    date TEXT,
    held INTEGER NOT NULL,
    step TEXT,
    due INTEGER,
    PRIMARY KEY (customer, intent)
);
CREATE INDEX customer_order_by_due ON customer_order (due, reference) WHERE due IS NOT NULL;
CREATE INDEX customer_order_pending ON customer_order (customer, intent) WHERE state = 'pending';

-- bytes: the map of the order that created it. state: active, ended (by the customer) or finished. paid: how many payments were made.
-- due: when the next one is made; null where it is not active.
CREATE TABLE standing_order (
    customer TEXT NOT NULL REFERENCES customer (id),
    id TEXT NOT NULL UNIQUE,
    bytes BLOB NOT NULL,
    state TEXT NOT NULL,
    paid INTEGER NOT NULL,
    due INTEGER,
    PRIMARY KEY (customer, id)
);
CREATE INDEX standing_order_by_due ON standing_order (due, id) WHERE due IS NOT NULL;

-- bytes: the map of the order that added it.
CREATE TABLE payee (
    customer TEXT NOT NULL REFERENCES customer (id),
    id TEXT NOT NULL,
    bytes BLOB NOT NULL,
    removed INTEGER NOT NULL,
    PRIMARY KEY (customer, id)
);

-- The bank's own accounts for money under way to other banks. total: as in own_account.
CREATE TABLE clearing_account (
    id TEXT NOT NULL PRIMARY KEY,
    currency TEXT NOT NULL,
    total BLOB NOT NULL
);

-- What a number of the country's proxy service stands for: an account here, or at another bank.
CREATE TABLE proxy (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    bank TEXT,
    name TEXT
);

-- account: where the biller's money goes, if it is here. bill_references: how many a bill has. checked: whether the last
-- digit of each is a check digit.
CREATE TABLE biller (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    account TEXT,
    bill_references INTEGER NOT NULL,
    checked INTEGER NOT NULL
);

-- Accounts at other banks, and billers, that do not take what is sent. answer: refuse or return. days: business days until it is returned.
CREATE TABLE unwilling (
    scheme TEXT NOT NULL,
    identification TEXT NOT NULL,
    answer TEXT NOT NULL,
    days INTEGER NOT NULL,
    PRIMARY KEY (scheme, identification)
);
