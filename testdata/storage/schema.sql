CREATE TABLE bodies (
    order_seq INTEGER NOT NULL REFERENCES orders (seq) ON DELETE CASCADE,
    n         INTEGER NOT NULL,
    body      BLOB NOT NULL,
    PRIMARY KEY (order_seq, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE companies (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    shop_url      TEXT NOT NULL,
    shop_key_id   TEXT NOT NULL,
    shop_password BLOB NOT NULL,
    chat_url      TEXT NOT NULL,
    chat_auth     TEXT NOT NULL,
    chat_secrets  BLOB NOT NULL,
    chat_token    BLOB NOT NULL,
    orders        TEXT NOT NULL,           -- JSON: storage.OrderSync
    account_id    INTEGER NOT NULL,        -- 0: not bound to an InSales account yet
    marker_kept   INTEGER,                 -- NULL: no create yet
    problem       TEXT NOT NULL,           -- JSON: storage.Problem, '' for none
    chat_fault    TEXT NOT NULL,
    version       INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL         -- unix milliseconds, as all times here
, learnt TEXT NOT NULL DEFAULT '', hooks BLOB NOT NULL DEFAULT x'', hook_problem TEXT NOT NULL DEFAULT '') STRICT;

CREATE TABLE events (
    order_seq INTEGER NOT NULL REFERENCES orders (seq) ON DELETE CASCADE,
    n         INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    args      TEXT NOT NULL,
    PRIMARY KEY (order_seq, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE feeds (
    company        TEXT PRIMARY KEY,
    position_since INTEGER NOT NULL,
    position_id    INTEGER NOT NULL,
    floor_since    INTEGER NOT NULL,  -- where the next pass begins; 0: nothing read yet
    floor_id       INTEGER NOT NULL,
    pass_begin     INTEGER NOT NULL,  -- shop time at which the running pass began; 0: none runs
    pass_since     INTEGER NOT NULL,  -- how far the running pass has come
    pass_id        INTEGER NOT NULL,
    max_age        INTEGER NOT NULL   -- milliseconds: the longest the floor was set for
) STRICT;

CREATE TABLE look_alikes (
    company     TEXT NOT NULL,
    insales_id  INTEGER NOT NULL,
    number      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (company, insales_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

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
    report_problem  TEXT NOT NULL, paid INTEGER NOT NULL DEFAULT 0, paid_amount TEXT NOT NULL DEFAULT '', pay_done INTEGER NOT NULL DEFAULT 0, pay_due_at INTEGER NOT NULL DEFAULT 0, pay_tries INTEGER NOT NULL DEFAULT 0, chat_cancelled INTEGER NOT NULL DEFAULT 0, plain_text INTEGER NOT NULL DEFAULT 0, erased_at INTEGER NOT NULL DEFAULT 0, touched_at INTEGER NOT NULL DEFAULT 0, gone_at INTEGER NOT NULL DEFAULT 0, asked_at INTEGER NOT NULL DEFAULT 0, final INTEGER NOT NULL DEFAULT 0,
    UNIQUE (company, chat_id, test)
) STRICT;

CREATE TABLE refusals (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    company TEXT NOT NULL,
    at      INTEGER NOT NULL,
    errors  TEXT NOT NULL,                 -- JSON: list of storage.Refusal errors
    body    BLOB NOT NULL
) STRICT;

CREATE INDEX orders_gone ON orders (company, gone_at) WHERE gone_at <> 0 AND final = 0;

CREATE UNIQUE INDEX orders_mapping ON orders (company, account_id, insales_id) WHERE insales_id <> 0;

CREATE INDEX orders_open ON orders (company, asked_at) WHERE state = 'sent' AND final = 0;

CREATE INDEX orders_to_decide ON orders (company, seq) WHERE state = 'attention';

CREATE INDEX orders_to_pay ON orders (company, pay_due_at) WHERE state = 'sent' AND paid = 1 AND pay_done = 0;

CREATE INDEX orders_to_prove ON orders (company) WHERE state = 'sending';

CREATE INDEX orders_to_refresh ON orders (company, touched_at) WHERE touched_at <> 0;

CREATE INDEX orders_to_report ON orders (company, report_due_at)
    WHERE revision > acked_revision AND report_problem = '';

CREATE INDEX orders_to_send ON orders (company, due_at, seq) WHERE state = 'new';

CREATE INDEX refusals_of_company ON refusals (company, seq);

