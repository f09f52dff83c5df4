-- +goose Up
-- What a new order costs: it is counted by one statement instead of two, and no index has a
-- row for an order that no list of the shop has shown yet.
DROP TRIGGER order_came;
DROP TRIGGER order_moved;
DROP INDEX orders_read;

-- +goose StatementBegin
CREATE TRIGGER order_came AFTER INSERT ON orders BEGIN
    INSERT INTO order_counts VALUES (new.company, new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER order_moved AFTER UPDATE OF state ON orders WHEN old.state <> new.state BEGIN
    INSERT INTO order_counts VALUES (new.company, new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
    UPDATE order_counts SET n = n - 1 WHERE company = old.company AND state = old.state;
END;
-- +goose StatementEnd

CREATE INDEX orders_read ON orders (seen_read) WHERE seen_read <> 0;
