-- The kind of an order that moves something. NULL if the order is older than this column.
ALTER TABLE intent ADD COLUMN kind TEXT;
