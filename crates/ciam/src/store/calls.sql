-- The last call of the bank to a customer, as somebody of the bank announced it.
CREATE TABLE bank_call (
    customer_index BLOB PRIMARY KEY REFERENCES customer (customer_index),
    desk TEXT NOT NULL,
    began_ms INTEGER NOT NULL,
    ends_ms INTEGER NOT NULL
);
