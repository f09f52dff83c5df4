-- +goose Up
-- Orders that need nobody any more and whose customer is known still.
CREATE INDEX orders_to_erase ON orders (company, accepted_at)
    WHERE erased_at = 0 AND (state IN ('cancelled', 'test') OR state = 'sent' AND final = 1);
