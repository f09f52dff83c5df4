-- +goose Up
-- What the panel lists and finds by. The phone is personal data: it goes when
-- the order's person is erased.
ALTER TABLE orders ADD COLUMN phone TEXT NOT NULL DEFAULT '';          -- the last ten digits

UPDATE orders SET phone = coalesce((SELECT substr(replace(replace(replace(replace(replace(
        CAST(body AS TEXT) ->> '$.data.customer.phone', ' ', ''), '-', ''), '(', ''), ')', ''), '+', ''), -10)
    FROM bodies WHERE order_seq = seq AND n = 1 AND json_valid(CAST(body AS TEXT))), '');

-- All that a person may look for, in one text. Its index is small enough to be
-- read whole, where the rows are not.
ALTER TABLE orders ADD COLUMN search TEXT
    GENERATED ALWAYS AS (lower(chat_id || ' ' || number || ' ' || insales_number || ' ' || insales_id || ' ' || phone)) VIRTUAL;

CREATE INDEX orders_search ON orders (company, search);
CREATE INDEX orders_newest ON orders (company, seq);
CREATE INDEX orders_by_state ON orders (company, state, seq);
CREATE INDEX orders_accepted ON orders (company, accepted_at, sent_at);
CREATE INDEX orders_noticed ON orders (company, seq) WHERE notices <> '' OR report_problem <> '';

-- What was sent to the shop, attempt by attempt, for a person to look at.
CREATE TABLE requests (
    order_seq INTEGER NOT NULL REFERENCES orders (seq) ON DELETE CASCADE,
    attempt   INTEGER NOT NULL,
    request   BLOB NOT NULL,               -- JSON, deflated
    PRIMARY KEY (order_seq, attempt)
) STRICT, WITHOUT ROWID;
