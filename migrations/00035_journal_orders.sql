-- +goose Up
-- The journal says what people have done to orders: to one of them, or to how many.
ALTER TABLE journal ADD COLUMN order_id TEXT NOT NULL DEFAULT '';      -- the chat's id of the one order; '': none, or many
ALTER TABLE journal ADD COLUMN test INTEGER NOT NULL DEFAULT 0;        -- that order's
ALTER TABLE journal ADD COLUMN number TEXT NOT NULL DEFAULT '';        -- that order's, as the chat numbers it
ALTER TABLE journal ADD COLUMN orders INTEGER NOT NULL DEFAULT 0;      -- how many orders it is about

-- What the journal is filtered by; the rows of each stand in their order.
CREATE INDEX journal_company ON journal (company);
CREATE INDEX journal_actor ON journal (actor);
CREATE INDEX journal_kind ON journal (kind);

-- What is about orders has a bound of its own, so that nothing else is pushed out by it.
CREATE INDEX journal_orders ON journal (seq) WHERE orders > 0;
CREATE INDEX journal_others ON journal (seq) WHERE orders = 0;
