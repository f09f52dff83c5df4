-- +goose Up
-- What a new order costs: SQLite opens each index of orders for it, sees whether it has a row
-- there, and writes that page with the commit, for each company another one.

-- What is new, being sent or in attention is found by orders_by_state, as its lists are.
DROP INDEX orders_to_send;
DROP INDEX orders_to_prove;
DROP INDEX orders_to_decide;

-- What came in each hour is in order_hours, and nothing else was looked for by the time.
DROP INDEX orders_accepted;

-- Orders that come are counted by the program, once for each commit (storage/order_came.go): a
-- trigger makes SQLite keep what each page was like before. An order can move on before it was
-- counted, so its old state may have no row yet.
DROP TRIGGER order_came;
DROP TRIGGER order_counted;
DROP TRIGGER order_brought;
DROP TRIGGER order_moved;

-- +goose StatementBegin
CREATE TRIGGER order_moved AFTER UPDATE OF state ON orders WHEN old.state <> new.state BEGIN
    INSERT INTO order_counts VALUES (new.company, new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
    INSERT INTO order_counts VALUES (old.company, old.state, -1) ON CONFLICT DO UPDATE SET n = n - 1;
END;
-- +goose StatementEnd
