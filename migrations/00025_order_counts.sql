-- +goose Up
-- How many orders of each company are in each state. The database keeps it in step with
-- the rows, so that nobody has to count them: of a million that takes seconds.
CREATE TABLE order_counts (
    company TEXT NOT NULL,
    state   TEXT NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (company, state)
) STRICT, WITHOUT ROWID;

INSERT INTO order_counts SELECT company, state, count(*) FROM orders GROUP BY company, state;

-- +goose StatementBegin
CREATE TRIGGER order_came AFTER INSERT ON orders BEGIN
    INSERT INTO order_counts SELECT new.company, new.state, 0
        WHERE NOT EXISTS (SELECT 1 FROM order_counts WHERE company = new.company AND state = new.state);
    UPDATE order_counts SET n = n + 1 WHERE company = new.company AND state = new.state;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER order_moved AFTER UPDATE OF state ON orders WHEN old.state <> new.state BEGIN
    INSERT INTO order_counts SELECT new.company, new.state, 0
        WHERE NOT EXISTS (SELECT 1 FROM order_counts WHERE company = new.company AND state = new.state);
    UPDATE order_counts SET n = n + 1 WHERE company = new.company AND state = new.state;
    UPDATE order_counts SET n = n - 1 WHERE company = old.company AND state = old.state;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER order_went AFTER DELETE ON orders BEGIN
    UPDATE order_counts SET n = n - 1 WHERE company = old.company AND state = old.state;
END;
-- +goose StatementEnd

-- The highest number of a read, at the start.
CREATE INDEX orders_read ON orders (seen_read);
