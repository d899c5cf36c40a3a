-- One row: the incarnation of the books, and by what the file system knows the file that they were last opened from.
CREATE TABLE books (incarnation BLOB NOT NULL, file TEXT);
INSERT INTO books (incarnation, file) VALUES (randomblob(16), NULL);
