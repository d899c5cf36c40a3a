-- The customers' own brakes, by the blind index of their customer and of what they are on.
CREATE TABLE brake (
    customer BLOB NOT NULL,
    brake BLOB NOT NULL,
    -- What the brake is on, sealed.
    sealed BLOB NOT NULL,
    -- The most that may leave, in minor units of the limits' currency; 0 of a freeze.
    minor_units INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    -- When it loosens, and the limit from then on; null if it ends then.
    loosens_ms INTEGER,
    then_minor_units INTEGER,
    PRIMARY KEY (customer, brake)
);
CREATE INDEX brake_loosening ON brake (loosens_ms) WHERE loosens_ms IS NOT NULL;
