-- Changes of brakes of which the customer's devices were not told yet, in the order of their causes.
CREATE TABLE brake_change (
    cause TEXT NOT NULL PRIMARY KEY,
    -- The change, and the customer's channel, sealed.
    sealed BLOB NOT NULL
);
