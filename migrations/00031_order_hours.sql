-- +goose Up
-- What the order costs, in hundredths, as the chat has said it; 0: nothing, or it is not known.
ALTER TABLE orders ADD COLUMN total INTEGER NOT NULL DEFAULT 0;

-- What came in each hour, and how long it took to the shop. The database keeps both in step with
-- the rows, so that a chart of a month reads no order. The company '' is all of them together.
CREATE TABLE order_hours (
    company TEXT NOT NULL,
    hour    INTEGER NOT NULL,          -- accepted_at / 3600000
    orders  INTEGER NOT NULL,          -- without those that the chat has marked as tests
    priced  INTEGER NOT NULL,          -- of these, how many have a total
    total   INTEGER NOT NULL,          -- of these together
    PRIMARY KEY (company, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_ways (
    company TEXT NOT NULL,
    hour    INTEGER NOT NULL,          -- in which the orders were accepted
    within  INTEGER NOT NULL,          -- milliseconds that they took at most, of a row of steps
    n       INTEGER NOT NULL,
    slowest INTEGER NOT NULL,          -- milliseconds that the slowest of them took
    PRIMARY KEY (company, hour, within)
) STRICT, WITHOUT ROWID;

-- The steps of order_ways.within, and one for all that takes longer than a day.
CREATE TABLE way_steps (ms INTEGER PRIMARY KEY) STRICT;
INSERT INTO way_steps VALUES (1000), (2000), (3000), (5000), (10000), (20000), (30000), (60000), (120000), (300000),
    (600000), (1800000), (3600000), (21600000), (86400000), (9007199254740991);

INSERT INTO order_hours SELECT company, accepted_at / 3600000, count(*), 0, 0
    FROM orders WHERE test = 0 AND state <> 'expected' GROUP BY 1, 2;
INSERT INTO order_hours SELECT '', hour, sum(orders), 0, 0 FROM order_hours GROUP BY hour;
INSERT INTO order_ways SELECT company, accepted_at / 3600000,
        (SELECT min(ms) FROM way_steps WHERE ms >= sent_at - accepted_at), count(*), max(sent_at - accepted_at)
    FROM orders WHERE test = 0 AND sent_at > accepted_at GROUP BY 1, 2, 3;
INSERT INTO order_ways SELECT '', hour, within, sum(n), max(slowest) FROM order_ways GROUP BY hour, within;

-- +goose StatementBegin
CREATE TRIGGER order_counted AFTER INSERT ON orders WHEN new.test = 0 AND new.state <> 'expected' BEGIN
    INSERT INTO order_hours VALUES
        (new.company, new.accepted_at / 3600000, 1, new.total > 0, new.total),
        ('', new.accepted_at / 3600000, 1, new.total > 0, new.total)
        ON CONFLICT DO UPDATE SET orders = orders + 1, priced = priced + excluded.priced, total = total + excluded.total;
END;
-- +goose StatementEnd

-- An order whose payment came first counts when it comes itself.
-- +goose StatementBegin
CREATE TRIGGER order_completed AFTER UPDATE OF state ON orders
WHEN old.state = 'expected' AND new.state <> 'expected' AND new.test = 0 BEGIN
    INSERT INTO order_hours VALUES
        (new.company, new.accepted_at / 3600000, 1, new.total > 0, new.total),
        ('', new.accepted_at / 3600000, 1, new.total > 0, new.total)
        ON CONFLICT DO UPDATE SET orders = orders + 1, priced = priced + excluded.priced, total = total + excluded.total;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER order_arrived AFTER UPDATE OF sent_at ON orders
WHEN old.sent_at = 0 AND new.sent_at <> 0 AND new.test = 0 BEGIN
    INSERT INTO order_ways SELECT company, new.accepted_at / 3600000, min(ms), 1, max(new.sent_at - new.accepted_at, 0)
        FROM (SELECT new.company AS company UNION ALL SELECT ''), way_steps
        WHERE ms >= new.sent_at - new.accepted_at GROUP BY company
        ON CONFLICT DO UPDATE SET n = n + 1, slowest = max(slowest, excluded.slowest);
END;
-- +goose StatementEnd

-- A row that is brought from elsewhere may have gone its way before.
-- +goose StatementBegin
CREATE TRIGGER order_brought AFTER INSERT ON orders WHEN new.sent_at > new.accepted_at AND new.test = 0 BEGIN
    INSERT INTO order_ways SELECT company, new.accepted_at / 3600000, min(ms), 1, new.sent_at - new.accepted_at
        FROM (SELECT new.company AS company UNION ALL SELECT ''), way_steps
        WHERE ms >= new.sent_at - new.accepted_at GROUP BY company
        ON CONFLICT DO UPDATE SET n = n + 1, slowest = max(slowest, excluded.slowest);
END;
-- +goose StatementEnd
