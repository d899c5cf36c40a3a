-- fee: what the order costs beside its amount, in minor units of the same currency. It is that of the moment at which the
-- order was made, and is kept with it. Orders of earlier versions cost nothing.
ALTER TABLE customer_order ADD COLUMN fee INTEGER NOT NULL DEFAULT 0;

-- The schedule of fees. since: the first moment at which the amount counts, in milliseconds since 1970. amount: minor units.
CREATE TABLE fee (
    scheme TEXT NOT NULL,
    currency TEXT NOT NULL,
    since INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (scheme, currency, since)
);

-- The bank's own accounts for what it earns. total: as in own_account.
CREATE TABLE income_account (
    id TEXT NOT NULL PRIMARY KEY,
    currency TEXT NOT NULL,
    total BLOB NOT NULL
);
