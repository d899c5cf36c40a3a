-- What answers a challenge: words, each followed by a space.
ALTER TABLE challenge ADD COLUMN needs TEXT NOT NULL DEFAULT 'signature ';
