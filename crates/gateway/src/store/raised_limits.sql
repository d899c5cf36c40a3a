-- Limits of a customer's day that the bank has raised. number: of ciam's newest call about the customer. day: in minor units of
-- the currency of the bank's limits. until_ms: until when it holds.
CREATE TABLE raised_limit (
    customer BLOB NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL,
    day INTEGER NOT NULL,
    until_ms INTEGER NOT NULL
);
