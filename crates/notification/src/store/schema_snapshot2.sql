-- Of the newest message of a channel: H(number - 1), and the message in the form of a hole. Null at number 0, and where it
-- was numbered before this version.
ALTER TABLE channel ADD COLUMN before BLOB;
ALTER TABLE channel ADD COLUMN hole BLOB;

-- Snapshots of version 1 are made and read no more.
DROP TABLE snapshot;

-- Snapshots of version 2, each made for one device. place: the order in which they were made.
CREATE TABLE snapshot (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    channel BLOB NOT NULL,
    device TEXT NOT NULL,
    generation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    incarnation BLOB NOT NULL,
    made_ms INTEGER NOT NULL
);
CREATE INDEX snapshot_of_device ON snapshot (channel, device, place);
CREATE INDEX snapshot_by_age ON snapshot (made_ms);

-- A part as it is answered, sealed under the channel's message key. histories: how far the histories of the part's accounts
-- go, sealed.
CREATE TABLE snapshot_part (
    snapshot INTEGER NOT NULL,
    part INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    histories BLOB NOT NULL,
    PRIMARY KEY (snapshot, part)
) WITHOUT ROWID;

-- The pages of accounts' histories within one incarnation of the core bank's books, an account's pages from 1 without gaps.
-- A page ends with the booked entry of number last. whole: whether the next entry is on the next page; the page of an account
-- that is not whole is its last, and may grow. leaf: the data of its leaf in the Merkle tree.
CREATE TABLE history_page (
    account BLOB NOT NULL,
    page INTEGER NOT NULL,
    incarnation BLOB NOT NULL,
    last INTEGER NOT NULL,
    whole INTEGER NOT NULL,
    leaf BLOB NOT NULL,
    PRIMARY KEY (account, page)
) WITHOUT ROWID;
