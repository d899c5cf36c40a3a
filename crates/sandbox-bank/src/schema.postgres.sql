-- The schema as of version 2, in which databases of PostgreSQL begin: see the texts for SQLite for what is what.

CREATE TABLE customer (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT
);

CREATE TABLE account (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    opened TEXT,
    floor BIGINT,
    booked BIGINT NOT NULL,
    transactions BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    place BIGINT NOT NULL
);
CREATE INDEX account_by_change ON account (place);

CREATE TABLE holder (
    account TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    customer TEXT COLLATE "C" NOT NULL REFERENCES customer (id),
    role TEXT NOT NULL,
    PRIMARY KEY (account, customer)
);
CREATE INDEX holder_by_customer ON holder (customer);

CREATE TABLE own_account (
    currency TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    total BYTEA NOT NULL
);

CREATE TABLE booked (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    content BYTEA NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    currency TEXT NOT NULL
);

CREATE TABLE posting (
    booked TEXT COLLATE "C" NOT NULL,
    line BIGINT NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (booked, line)
);

CREATE TABLE event (
    place BIGINT NOT NULL PRIMARY KEY,
    subject TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    number BIGINT,
    bytes BYTEA NOT NULL
);
CREATE UNIQUE INDEX event_by_subject ON event (subject, sequence);
CREATE UNIQUE INDEX event_by_number ON event (subject, number) WHERE number IS NOT NULL;

CREATE TABLE relayed (place BIGINT NOT NULL);
INSERT INTO relayed (place) VALUES (0);

CREATE TABLE books (incarnation BYTEA NOT NULL, file TEXT);
INSERT INTO books (incarnation, file) VALUES (decode(replace(gen_random_uuid()::text, '-', ''), 'hex'), NULL);
