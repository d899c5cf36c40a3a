-- Limits of customers' days that the bank has raised, until gateway has done it. customer is sealed. number: in one sequence with
-- statements, revocations and stops. minor_units and currency: the limit. until_ms: until when it holds.
CREATE TABLE raised_limit (
    customer_index BLOB PRIMARY KEY,
    customer BLOB NOT NULL,
    number INTEGER NOT NULL,
    minor_units INTEGER NOT NULL,
    currency TEXT NOT NULL,
    until_ms INTEGER NOT NULL
);
