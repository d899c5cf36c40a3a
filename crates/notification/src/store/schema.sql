-- A customer's channel and its writer's state. sent is the newest number that the broker acknowledged, as far as it was
-- written down; -1 where the broker still has to begin this generation.
CREATE TABLE channel (
    channel BLOB PRIMARY KEY,
    customer_index BLOB NOT NULL UNIQUE,
    customer BLOB NOT NULL,
    generation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL,
    time_ms INTEGER NOT NULL,
    stated_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    ready INTEGER NOT NULL,
    sent INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX channel_unsent ON channel (channel) WHERE sent < number;
CREATE INDEX channel_not_ready ON channel (channel) WHERE ready = 0;

-- The last event of a subject that a channel has, and whether its customer holds the subject as of it.
CREATE TABLE seen (
    channel BLOB NOT NULL,
    subject BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    holding INTEGER NOT NULL,
    PRIMARY KEY (channel, subject)
) WITHOUT ROWID;
CREATE INDEX seen_of_subject ON seen (subject);

-- Subjects of which a holder may lack what comes after that sequence: they are fetched from the core bank again.
CREATE TABLE lagging (
    subject BLOB PRIMARY KEY,
    id BLOB NOT NULL,
    after INTEGER NOT NULL
) WITHOUT ROWID;

-- Messages, kept for a while after the broker acknowledged them. No id is given twice: what was acknowledged is
-- remembered by it.
CREATE TABLE outgoing (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel BLOB NOT NULL,
    generation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL,
    bytes BLOB NOT NULL
);
CREATE UNIQUE INDEX outgoing_place ON outgoing (channel, generation, number);

-- At time_ms everything up to that id had been acknowledged.
CREATE TABLE acknowledged (
    time_ms INTEGER PRIMARY KEY,
    up_to INTEGER NOT NULL
);

CREATE TABLE message_key (
    channel BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    first_number INTEGER NOT NULL,
    wrapped_under INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    PRIMARY KEY (channel, epoch)
) WITHOUT ROWID;

-- A channel's readers, also those that were removed, by which revocation; agreement is null where a device was removed
-- before it was granted anything.
CREATE TABLE device (
    channel BLOB NOT NULL,
    device TEXT NOT NULL,
    agreement BLOB,
    revocation INTEGER,
    PRIMARY KEY (channel, device)
) WITHOUT ROWID;

CREATE TABLE device_grant (
    channel BLOB NOT NULL,
    device TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (channel, device, epoch)
) WITHOUT ROWID;

CREATE TABLE revocation (
    number INTEGER PRIMARY KEY,
    channel BLOB NOT NULL,
    device TEXT NOT NULL
);

-- Ids of the entries that notification made itself, so that a retry repeats none.
CREATE TABLE own_entry (
    channel BLOB NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (channel, id)
) WITHOUT ROWID;

-- Events that wait, sealed as they came: for a channel that lacks earlier ones or is not ready. Without a channel: what
-- could not be processed, under its blinded subject.
CREATE TABLE inbox (
    channel BLOB NOT NULL,
    subject BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    event BLOB NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (channel, subject, sequence)
) WITHOUT ROWID;
CREATE INDEX inbox_of_subject ON inbox (subject);

-- Subjects that are stopped, blinded as pub/sub sees them.
CREATE TABLE stopped (
    subject BLOB PRIMARY KEY,
    reason TEXT NOT NULL,
    time_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE signing_key (
    kid BLOB PRIMARY KEY,
    purpose TEXT NOT NULL,
    public_key BLOB NOT NULL,
    wrapped_under INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    listed_ms INTEGER
) WITHOUT ROWID;

-- What a snapshot's pages are made again from.
CREATE TABLE snapshot (
    channel BLOB NOT NULL,
    generation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    made_ms INTEGER NOT NULL,
    accounts BLOB NOT NULL,
    PRIMARY KEY (channel, generation, number)
) WITHOUT ROWID;

-- How far lists of others were followed; the trust list.
CREATE TABLE progress (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE document (
    name TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
) WITHOUT ROWID;
