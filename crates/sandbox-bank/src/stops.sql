-- Customers who stopped their orders, or did before. number: of the newest call about the customer. orders: how many were
-- cancelled since the stop began.
CREATE TABLE stop (
    customer TEXT NOT NULL PRIMARY KEY REFERENCES customer (id),
    number INTEGER NOT NULL,
    stopped INTEGER NOT NULL,
    orders INTEGER NOT NULL
);
