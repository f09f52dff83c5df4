-- +goose Up
-- Orders whose customer is known still and that may have been needed for long
-- enough, be they finished in the shop or not.
DROP INDEX orders_to_erase;
CREATE INDEX orders_to_erase ON orders (company, accepted_at)
    WHERE erased_at = 0 AND state IN ('cancelled', 'test', 'sent');
