-- +goose Up
-- What came from a chat that proved itself and did not become an order is kept,
-- whatever it was answered; before, only what was answered 422. A body may be
-- deflated, and of one that was too large only the beginning is there. The id of
-- an order that it names is kept beside it, so that it goes with that order's person.
ALTER TABLE refusals ADD COLUMN status INTEGER NOT NULL DEFAULT 422;
ALTER TABLE refusals ADD COLUMN reason TEXT NOT NULL DEFAULT 'invalid';
ALTER TABLE refusals ADD COLUMN content_type TEXT NOT NULL DEFAULT '';
ALTER TABLE refusals ADD COLUMN order_id TEXT NOT NULL DEFAULT '';
ALTER TABLE refusals ADD COLUMN size INTEGER NOT NULL DEFAULT 0; -- of all that came; 0: not known

-- How much of that nobody has seen. It is counted apart, because more may come
-- than is kept.
CREATE TABLE refusal_counts (
    company  TEXT PRIMARY KEY,
    unseen   INTEGER NOT NULL,             -- since a person looked
    fresh    INTEGER NOT NULL,             -- since a person looked or an order came through
    last_at  INTEGER NOT NULL,
    last_seq INTEGER NOT NULL              -- of refusals
) STRICT, WITHOUT ROWID;
