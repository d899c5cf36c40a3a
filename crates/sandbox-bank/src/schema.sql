CREATE TABLE customer (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT
) WITHOUT ROWID;

-- floor: the lowest that booked may get; null where there is none.
-- transactions, sequence: how many transactions and events there were. place: of the newest event in the outbox.
CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    opened TEXT,
    floor INTEGER,
    booked INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    place INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX account_by_change ON account (place);

CREATE TABLE holder (
    account TEXT NOT NULL REFERENCES account (id),
    customer TEXT NOT NULL REFERENCES customer (id),
    role TEXT NOT NULL,
    PRIMARY KEY (account, customer)
) WITHOUT ROWID;
CREATE INDEX holder_by_customer ON holder (customer);

-- The bank's own accounts, one a currency, against which everything is booked. total: a signed 128-bit integer,
-- big-endian, since it can outgrow any customer's balance.
CREATE TABLE own_account (
    currency TEXT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    total BLOB NOT NULL
) WITHOUT ROWID;

-- content: SHA-256 of what was ordered, to tell a repetition from a conflict. The rest is the answer.
CREATE TABLE booked (
    id TEXT NOT NULL PRIMARY KEY,
    content BLOB NOT NULL,
    account TEXT NOT NULL,
    number INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    balance INTEGER NOT NULL,
    currency TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE posting (
    booked TEXT NOT NULL,
    line INTEGER NOT NULL,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (booked, line)
) WITHOUT ROWID;

-- Outbox and history in one. place: the order of commits. number: of the transaction in its account, null for other
-- kinds. bytes: the event's map.
CREATE TABLE event (
    place INTEGER NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    number INTEGER,
    bytes BLOB NOT NULL
);
CREATE UNIQUE INDEX event_by_subject ON event (subject, sequence);
CREATE UNIQUE INDEX event_by_number ON event (subject, number) WHERE number IS NOT NULL;

-- One row: events through this place were published.
CREATE TABLE relayed (place INTEGER NOT NULL);
INSERT INTO relayed (place) VALUES (0);
