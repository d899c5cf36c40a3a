-- The vouchers of each device. A voucher is signed when it is made and sent as it was signed.
CREATE TABLE voucher (
    voucher BLOB PRIMARY KEY,
    customer BLOB NOT NULL,
    device TEXT NOT NULL,
    limit_minor_units INTEGER NOT NULL,
    currency TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    -- The intent that the voucher was spent for.
    spent_by TEXT,
    signed BLOB NOT NULL
);
CREATE INDEX voucher_of_device ON voucher (device, expires_ms);
CREATE INDEX voucher_by_expiry ON voucher (expires_ms);

-- The orders that passed the check of the signature, by the blind index of their customer.
CREATE TABLE intent (
    customer BLOB NOT NULL,
    intent TEXT NOT NULL,
    -- SHA-256 of the intent's bytes.
    hash BLOB NOT NULL,
    device TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    -- The code of gateway's refusal; 0 if gateway accepted the order.
    refusal INTEGER NOT NULL,
    -- The body of the answer. A repetition gets the same bytes.
    answer BLOB NOT NULL,
    -- The signed intent and its assertion, sealed.
    signed BLOB NOT NULL,
    -- How far an accepted order has come: received, pending, executed, refused, cancelled.
    state TEXT NOT NULL,
    -- What the order moves in minor units of the limits' currency, rounded up, and the blind index of its payee. Null if it
    -- moves nothing out of the customer's accounts.
    moved INTEGER,
    payee BLOB,
    reason TEXT,
    bank_reference TEXT,
    date TEXT,
    PRIMARY KEY (customer, intent)
);
CREATE INDEX intent_not_placed ON intent (received_ms) WHERE state = 'received';
CREATE INDEX intent_by_time ON intent (received_ms);
CREATE INDEX intent_moved ON intent (customer, received_ms) WHERE moved IS NOT NULL;
CREATE INDEX intent_of_payee ON intent (customer, payee) WHERE payee IS NOT NULL;

-- The ids that a cancellation reached before their order. They are never accepted.
CREATE TABLE burnt (
    customer BLOB NOT NULL,
    intent TEXT NOT NULL,
    burnt_ms INTEGER NOT NULL,
    PRIMARY KEY (customer, intent)
);
CREATE INDEX burnt_by_time ON burnt (burnt_ms);
