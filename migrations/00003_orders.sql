-- +goose Up
-- One row per order of INEED.CHAT. Work is "rows where …": the partial indexes
-- are the queues. A time of 0 means "not yet".
CREATE TABLE orders (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    company         TEXT NOT NULL,
    chat_id         TEXT NOT NULL,
    test            INTEGER NOT NULL,
    number          TEXT NOT NULL,
    state           TEXT NOT NULL,
    attempt         INTEGER NOT NULL,
    absences        INTEGER NOT NULL,
    accepted_at     INTEGER NOT NULL,
    age_from        INTEGER NOT NULL,
    due_at          INTEGER NOT NULL,
    intent_at       INTEGER NOT NULL,
    cancel_by       TEXT NOT NULL,
    problem         TEXT NOT NULL,
    notices         TEXT NOT NULL,
    dismissed       TEXT NOT NULL,
    duplicates      INTEGER NOT NULL,
    account_id      INTEGER NOT NULL,
    insales_id      INTEGER NOT NULL,
    insales_number  TEXT NOT NULL,
    sent_at         INTEGER NOT NULL,
    seen_updated_at INTEGER NOT NULL,
    seen_read       INTEGER NOT NULL,
    status          TEXT NOT NULL,
    revision        INTEGER NOT NULL,
    acked_revision  INTEGER NOT NULL,
    reported        TEXT NOT NULL,
    report_due_at   INTEGER NOT NULL,
    report_since    INTEGER NOT NULL,
    report_tries    INTEGER NOT NULL,
    report_problem  TEXT NOT NULL,
    UNIQUE (company, chat_id, test)
) STRICT;

CREATE INDEX orders_to_send ON orders (company, due_at, seq) WHERE state = 'new';
CREATE INDEX orders_to_prove ON orders (company) WHERE state = 'sending';
CREATE INDEX orders_to_decide ON orders (company, seq) WHERE state = 'attention';
CREATE INDEX orders_to_report ON orders (company, report_due_at)
    WHERE revision > acked_revision AND report_problem = '';
CREATE UNIQUE INDEX orders_mapping ON orders (company, account_id, insales_id) WHERE insales_id <> 0;

-- The webhooks of an order as received, the first one is what is sent.
CREATE TABLE bodies (
    order_seq INTEGER NOT NULL REFERENCES orders (seq) ON DELETE CASCADE,
    n         INTEGER NOT NULL,
    body      BLOB NOT NULL,
    PRIMARY KEY (order_seq, n)
) STRICT, WITHOUT ROWID;
