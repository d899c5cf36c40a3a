-- hash: of the entry of that event; null in rows that are older than this column.
ALTER TABLE seen ADD COLUMN hash BLOB;

-- contradicted: why the channel's entries and the core bank's books contradict each other; null where they agree.
ALTER TABLE channel ADD COLUMN contradicted TEXT;
CREATE INDEX channel_contradicted ON channel (channel) WHERE contradicted IS NOT NULL;

-- While the books are compared as a whole: what channels have of each subject, and the subject's newest event in the books.
-- id is sealed.
CREATE TABLE book_seen (
    channel BLOB NOT NULL,
    subject BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB,
    PRIMARY KEY (channel, subject)
) WITHOUT ROWID;
CREATE INDEX book_seen_of_subject ON book_seen (subject);
CREATE TABLE book_head (
    subject BLOB PRIMARY KEY,
    id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL
) WITHOUT ROWID;

-- Subjects that are stopped, with the sealed id. What an older version stopped is compared, and found again.
DROP TABLE stopped;
DELETE FROM inbox WHERE length(channel) = 0;
DELETE FROM progress WHERE name = 'heads';
CREATE TABLE stopped (
    subject BLOB PRIMARY KEY,
    id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    reason TEXT NOT NULL,
    time_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- newest: the newest id then.
ALTER TABLE acknowledged ADD COLUMN newest INTEGER NOT NULL DEFAULT 0;

-- Channels of which the broker takes nothing, or took nothing until taken_ms.
CREATE TABLE stuck (
    channel BLOB PRIMARY KEY,
    taken_ms INTEGER
) WITHOUT ROWID;

-- When a later epoch took its place; null while it is the channel's current one.
ALTER TABLE message_key ADD COLUMN superseded_ms INTEGER;
CREATE INDEX message_key_superseded ON message_key (superseded_ms) WHERE superseded_ms IS NOT NULL;
