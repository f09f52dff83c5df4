-- +goose Up
-- What was sent to the shop and the chat for an order, and what they answered,
-- for a person to look at. It hangs at the event that tells of it.
CREATE TABLE exchanges (
    order_seq INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    kind      TEXT NOT NULL,               -- the event's
    request   BLOB NOT NULL,               -- text, deflated; empty: none
    answer    BLOB NOT NULL,               -- likewise
    PRIMARY KEY (order_seq, n),
    FOREIGN KEY (order_seq, n) REFERENCES events (order_seq, n) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO exchanges SELECT r.order_seq, e.n, e.kind, r.request, x''
FROM requests r JOIN events e ON e.order_seq = r.order_seq AND e.kind = 'intent' AND e.args ->> 'attempt' = CAST(r.attempt AS TEXT);

DROP TABLE requests;
