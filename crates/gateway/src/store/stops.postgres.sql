-- Customers who stopped everything, and those who did before. number: of ciam's newest call about the customer. sealed: the
-- customer. stopped: whether the call began a stop; otherwise it ended one. done: whether the core bank has done it. ended: how
-- many orders gateway ended itself; orders: how many ended altogether.
CREATE TABLE stop (
    customer BYTEA NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    stopped BIGINT NOT NULL,
    done BIGINT NOT NULL,
    ended BIGINT NOT NULL,
    orders BIGINT NOT NULL
);
CREATE INDEX stop_not_done ON stop (number) WHERE done = 0;
