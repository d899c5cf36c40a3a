-- Events may be about a customer too: the subject is now the whole id, account: or customer: and the id.
-- sequence: how many events there were about the customer. place: of the newest of them in the outbox; 0 where there is none.
ALTER TABLE customer ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;
ALTER TABLE customer ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
CREATE INDEX customer_by_change ON customer (place);

DROP INDEX event_by_subject;
DROP INDEX event_by_number;
UPDATE event SET subject = 'account:' || subject;
CREATE UNIQUE INDEX event_by_subject ON event (subject, sequence);
CREATE UNIQUE INDEX event_by_number ON event (subject, number) WHERE number IS NOT NULL;
