-- Customers who stopped their orders, or did before. number: of the newest call about the customer. orders: how many were
-- cancelled since the stop began.
CREATE TABLE stop (
    customer TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES customer (id),
    number BIGINT NOT NULL,
    stopped BIGINT NOT NULL,
    orders BIGINT NOT NULL
);
