CREATE TRIGGER order_arrived AFTER UPDATE OF sent_at ON orders
WHEN old.sent_at = 0 AND new.sent_at <> 0 AND new.test = 0 BEGIN
    INSERT INTO order_ways SELECT company, new.accepted_at / 3600000, min(ms), 1, max(new.sent_at - new.accepted_at, 0)
        FROM (SELECT new.company AS company UNION ALL SELECT ''), way_steps
        WHERE ms >= new.sent_at - new.accepted_at GROUP BY company
        ON CONFLICT DO UPDATE SET n = n + 1, slowest = max(slowest, excluded.slowest);
END;

CREATE TRIGGER order_completed AFTER UPDATE OF state ON orders
WHEN old.state = 'expected' AND new.state <> 'expected' AND new.test = 0 BEGIN
    INSERT INTO order_hours VALUES
        (new.company, new.accepted_at / 3600000, 1, new.total > 0, new.total),
        ('', new.accepted_at / 3600000, 1, new.total > 0, new.total)
        ON CONFLICT DO UPDATE SET orders = orders + 1, priced = priced + excluded.priced, total = total + excluded.total;
END;

CREATE TRIGGER order_moved AFTER UPDATE OF state ON orders WHEN old.state <> new.state BEGIN
    INSERT INTO order_counts VALUES (new.company, new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
    INSERT INTO order_counts VALUES (old.company, old.state, -1) ON CONFLICT DO UPDATE SET n = n - 1;
END;

CREATE TRIGGER order_renamed AFTER UPDATE OF number, insales_number, insales_id, phone, customer ON orders
WHEN (old.number <> new.number OR old.insales_number <> new.insales_number OR old.insales_id <> new.insales_id
    OR old.phone <> new.phone
    OR old.customer <> new.customer AND NOT EXISTS (SELECT 1 FROM search_unnamed WHERE upto >= old.seq))
    AND EXISTS (SELECT 1 FROM search_grams WHERE block = old.seq >> 11 AND gram = '')
BEGIN
    INSERT INTO search_changed
        VALUES (old.seq, concat_ws(char(10), old.number, old.insales_number, nullif(old.insales_id, 0), old.phone,
            old.customer))
        ON CONFLICT DO UPDATE SET was = was || char(10) || excluded.was;
END;

CREATE TRIGGER order_went AFTER DELETE ON orders BEGIN
    UPDATE order_counts SET n = n - 1 WHERE company = old.company AND state = old.state;
END;

CREATE TABLE alarms (
    company TEXT NOT NULL,
    kind    TEXT NOT NULL,
    code    TEXT NOT NULL,
    alarm   TEXT NOT NULL,                 -- JSON: storage.Alarm
    PRIMARY KEY (company, kind, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE bodies (
    order_seq INTEGER NOT NULL REFERENCES orders (seq) ON DELETE CASCADE,
    n         INTEGER NOT NULL,
    body      BLOB NOT NULL, received INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (order_seq, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_batches (
    company    TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    staged_at  INTEGER NOT NULL,
    before     TEXT NOT NULL,          -- JSON: storage.Cursor of the page it was read with
    items      TEXT NOT NULL,          -- JSON: storage.BatchItems, what its acknowledgement means
    categories BLOB NOT NULL,          -- a JSON document per line
    products   BLOB NOT NULL,          -- a JSON document per line
    PRIMARY KEY (company, seq)
) STRICT;

CREATE TABLE catalog_categories (
    company TEXT NOT NULL,
    id      INTEGER NOT NULL,
    hash    INTEGER NOT NULL,          -- 0: the chat has nothing of it
    gone    INTEGER NOT NULL,          -- 1: the shop does not show it any more
    PRIMARY KEY (company, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_feed_categories (
    feed INTEGER NOT NULL,
    id   INTEGER NOT NULL,
    body BLOB NOT NULL,                -- JSON: ineedchat.Category
    PRIMARY KEY (feed, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_feed_offers (
    feed    INTEGER NOT NULL,
    id      INTEGER NOT NULL,
    product INTEGER NOT NULL,
    PRIMARY KEY (feed, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_feed_products (
    seq  INTEGER PRIMARY KEY,
    feed INTEGER NOT NULL,
    id   INTEGER NOT NULL,
    hash INTEGER NOT NULL,             -- of the body
    body BLOB NOT NULL,                -- JSON: ineedchat.Product, as storage/body.go packs it
    UNIQUE (feed, id)
) STRICT;

CREATE TABLE catalog_feeds (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    company    TEXT UNIQUE,            -- NULL: nobody's any more; its rows are being removed
    changed_at INTEGER NOT NULL        -- when the feed was last made to say something else; 0: it says nothing yet
) STRICT;

CREATE TABLE catalog_held (
    company TEXT NOT NULL,
    id      INTEGER NOT NULL,
    item    TEXT NOT NULL,             -- JSON: storage.CatalogItem
    body    BLOB NOT NULL,
    PRIMARY KEY (company, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_products (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    company   TEXT NOT NULL,
    id        INTEGER NOT NULL,
    hash      INTEGER NOT NULL,        -- 0: the chat has nothing of it
    available INTEGER NOT NULL,        -- how many of its variants can be bought
    free      INTEGER NOT NULL,        -- how many of its variants cost nothing
    variants  TEXT NOT NULL,           -- ids, comma separated
    skus      TEXT NOT NULL,           -- its article numbers, JSON: storage.SKUs
    seen      INTEGER NOT NULL,        -- the last complete reading that has met it
    lost      INTEGER NOT NULL,        -- 1: the shop does not show it, as far as is known; 2: confirmed by its id
    look_at   INTEGER NOT NULL,        -- when to ask for it by its id; 0: no need
    tries     INTEGER NOT NULL,
    problem   TEXT NOT NULL,           -- what the chat has against it
    UNIQUE (company, id)
) STRICT;

CREATE TABLE catalog_runs (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    company  TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,         -- 0: it runs
    run      TEXT NOT NULL             -- JSON: storage.CatalogRun
) STRICT;

CREATE TABLE catalog_skus (
    company TEXT NOT NULL,
    block   INTEGER NOT NULL,          -- of catalog_products: seq >> 10
    sku     TEXT NOT NULL,
    variant INTEGER NOT NULL,
    PRIMARY KEY (company, block, sku, variant)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalogs (
    company TEXT PRIMARY KEY,
    state   TEXT NOT NULL              -- JSON: storage.Catalog
) STRICT, WITHOUT ROWID;

CREATE TABLE channels (
    kind     TEXT PRIMARY KEY,
    settings TEXT NOT NULL,                -- JSON: storage.Channel without its secrets
    secrets  BLOB NOT NULL,                -- sealed
    state    TEXT NOT NULL                 -- JSON: storage.ChannelState
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
, learnt TEXT NOT NULL DEFAULT '', hooks BLOB NOT NULL DEFAULT x'', hook_problem TEXT NOT NULL DEFAULT '', catalog TEXT NOT NULL DEFAULT '', catalog_fault TEXT NOT NULL DEFAULT '', chat_hmac TEXT NOT NULL DEFAULT '', chat_wire TEXT NOT NULL DEFAULT '', feed_address BLOB NOT NULL DEFAULT x'') STRICT;

CREATE TABLE events (
    order_seq INTEGER NOT NULL REFERENCES orders (seq) ON DELETE CASCADE,
    n         INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    args      TEXT NOT NULL,
    PRIMARY KEY (order_seq, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE exchanges (
    order_seq INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    kind      TEXT NOT NULL,               -- the event's
    request   BLOB NOT NULL,               -- text, deflated; empty: none
    answer    BLOB NOT NULL,               -- likewise
    PRIMARY KEY (order_seq, n),
    FOREIGN KEY (order_seq, n) REFERENCES events (order_seq, n) ON DELETE CASCADE
) STRICT;

CREATE TABLE factors (
    user    INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret  BLOB NOT NULL,                 -- sealed
    session INTEGER NOT NULL,              -- that sets it up, and alone is shown the secret
    made_at INTEGER NOT NULL,
    since   INTEGER NOT NULL,              -- when its first code was right; 0: it counts for nothing yet
    step    INTEGER NOT NULL               -- the 30 seconds whose code was taken last; none of before is taken
) STRICT;

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
, read_at INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE journal (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,                 -- admin, cli, api; '' for a stranger
    address TEXT NOT NULL,
    kind    TEXT NOT NULL,
    company TEXT NOT NULL,                 -- '' where there is none
    changes TEXT NOT NULL                  -- JSON: list of storage.Change
, order_id TEXT NOT NULL DEFAULT '', test INTEGER NOT NULL DEFAULT 0, number TEXT NOT NULL DEFAULT '', orders INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE look_alikes (
    company     TEXT NOT NULL,
    insales_id  INTEGER NOT NULL,
    number      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (company, insales_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    due_at  INTEGER NOT NULL,
    message TEXT NOT NULL                  -- JSON: storage.Message
) STRICT;

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE order_counts (
    company TEXT NOT NULL,
    state   TEXT NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (company, state)
) STRICT, WITHOUT ROWID;

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
    report_problem  TEXT NOT NULL, paid INTEGER NOT NULL DEFAULT 0, paid_amount TEXT NOT NULL DEFAULT '', pay_done INTEGER NOT NULL DEFAULT 0, pay_due_at INTEGER NOT NULL DEFAULT 0, pay_tries INTEGER NOT NULL DEFAULT 0, chat_cancelled INTEGER NOT NULL DEFAULT 0, plain_text INTEGER NOT NULL DEFAULT 0, erased_at INTEGER NOT NULL DEFAULT 0, touched_at INTEGER NOT NULL DEFAULT 0, gone_at INTEGER NOT NULL DEFAULT 0, asked_at INTEGER NOT NULL DEFAULT 0, final INTEGER NOT NULL DEFAULT 0, phone TEXT NOT NULL DEFAULT '', look_at INTEGER NOT NULL DEFAULT 0, missed INTEGER NOT NULL DEFAULT 0, left_out TEXT NOT NULL DEFAULT '', history_until INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0, customer TEXT NOT NULL DEFAULT '',
    UNIQUE (company, chat_id, test)
) STRICT;

CREATE TABLE probe_things (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    company    TEXT NOT NULL,
    account_id INTEGER NOT NULL,
    kind       TEXT NOT NULL,              -- order, client, hook
    token      TEXT NOT NULL,              -- by which it is known in the shop
    insales_id INTEGER NOT NULL DEFAULT 0, -- 0 = the answer has not come
    made_at    INTEGER NOT NULL,           -- the shop's clock when the request left
    tries      INTEGER NOT NULL DEFAULT 0, -- to remove it
    gone_at    INTEGER NOT NULL DEFAULT 0  -- when it was removed, or was certainly never made
) STRICT;

CREATE TABLE probes (
    company  TEXT PRIMARY KEY,
    state    TEXT NOT NULL,                -- running, done, interrupted
    writes   INTEGER NOT NULL,             -- 1: an order's life was tried, not only reading
    began_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,             -- 0 while it runs
    version  TEXT NOT NULL,                -- of the program
    items    TEXT NOT NULL                 -- JSON: list of storage.ProbeItem, without secrets and persons
) STRICT, WITHOUT ROWID;

CREATE TABLE received (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    company      TEXT NOT NULL,
    at           INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    query        TEXT NOT NULL,            -- of the address, without our token
    headers      TEXT NOT NULL,            -- JSON: names in lower case
    body         BLOB NOT NULL,            -- as a body of bodies
    size         INTEGER NOT NULL,         -- bytes that the row takes
    order_id     TEXT NOT NULL,            -- as far as it could be read
    wire         TEXT NOT NULL,            -- which wire read it; '' while it is unread
    failure      TEXT NOT NULL             -- JSON: why it is unread; '' = it is read
) STRICT;

CREATE TABLE recovery_codes (
    user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash BLOB NOT NULL,                    -- HMAC-SHA-256 with a key that is not in the database
    PRIMARY KEY (user, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE refusal_counts (
    company  TEXT PRIMARY KEY,
    unseen   INTEGER NOT NULL,             -- since a person looked
    fresh    INTEGER NOT NULL,             -- since a person looked or an order came through
    last_at  INTEGER NOT NULL,
    last_seq INTEGER NOT NULL              -- of refusals
) STRICT, WITHOUT ROWID;

CREATE TABLE refusals (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    company TEXT NOT NULL,
    at      INTEGER NOT NULL,
    errors  TEXT NOT NULL,                 -- JSON: list of storage.Refusal errors
    body    BLOB NOT NULL
, status INTEGER NOT NULL DEFAULT 422, reason TEXT NOT NULL DEFAULT 'invalid', content_type TEXT NOT NULL DEFAULT '', order_id TEXT NOT NULL DEFAULT '', size INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE search_changed (
    seq INTEGER PRIMARY KEY,
    was TEXT NOT NULL
) STRICT;

CREATE TABLE search_grams (
    block  INTEGER NOT NULL,               -- of orders: seq >> 11
    gram   TEXT NOT NULL,                  -- three signs; 'company:' with its id; '' = the block is indexed
    orders BLOB NOT NULL,                  -- as storage/search_set.go packs them
    PRIMARY KEY (block, gram)
) STRICT, WITHOUT ROWID;

CREATE TABLE search_unnamed (upto INTEGER PRIMARY KEY) STRICT;

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    token      BLOB NOT NULL UNIQUE,       -- SHA-256 of the cookie's value
    user       INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    address    TEXT NOT NULL,              -- of the client that signed in
    agent      TEXT NOT NULL               -- what its browser calls itself; '': not known
) STRICT;

CREATE TABLE tokens (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT NOT NULL,
    login   TEXT NOT NULL UNIQUE,      -- the name as names are compared: in small letters
    may     TEXT NOT NULL,             -- read, all
    hash    BLOB NOT NULL UNIQUE,      -- SHA-256 of the token
    made_by TEXT NOT NULL,             -- an actor, as in the journal
    made_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL           -- to a minute; 0: never
) STRICT;

CREATE TABLE users (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    login       TEXT NOT NULL UNIQUE,      -- the name as names are compared: in small letters
    role        TEXT NOT NULL,             -- owner, manager
    password    BLOB NOT NULL,             -- bcrypt; empty: none, a link sets one
    setup       BLOB NOT NULL,             -- SHA-256 of the link's token; empty: none
    setup_until INTEGER NOT NULL,
    made_at     INTEGER NOT NULL           -- 0: before there was more than one
) STRICT;

CREATE TABLE way_steps (ms INTEGER PRIMARY KEY) STRICT;

CREATE INDEX catalog_lost ON catalog_products (company, id) WHERE lost <> 0;

CREATE UNIQUE INDEX catalog_running ON catalog_runs (company) WHERE ended_at = 0;

CREATE INDEX catalog_runs_of ON catalog_runs (company, id);

CREATE INDEX catalog_to_look ON catalog_products (company, look_at) WHERE look_at <> 0;

CREATE INDEX journal_actor ON journal (actor);

CREATE INDEX journal_company ON journal (company);

CREATE INDEX journal_kind ON journal (kind);

CREATE INDEX journal_orders ON journal (seq) WHERE orders > 0;

CREATE INDEX journal_others ON journal (seq) WHERE orders = 0;

CREATE INDEX journal_refused ON journal (seq) WHERE kind = 'refused';

CREATE INDEX messages_of ON messages (channel, seq);

CREATE INDEX orders_by_state ON orders (company, state, seq);

CREATE INDEX orders_gone ON orders (company, gone_at) WHERE gone_at <> 0 AND final = 0;

CREATE UNIQUE INDEX orders_mapping ON orders (company, account_id, insales_id) WHERE insales_id <> 0;

CREATE INDEX orders_missed ON orders (company) WHERE missed <> 0;

CREATE INDEX orders_newest ON orders (company, seq);

CREATE INDEX orders_noticed ON orders (company, seq) WHERE notices <> '' OR report_problem <> '';

CREATE INDEX orders_open ON orders (company, asked_at) WHERE state = 'sent' AND final = 0;

CREATE INDEX orders_read ON orders (seen_read) WHERE seen_read <> 0;

CREATE INDEX orders_seen ON orders (company, account_id, seen_updated_at, insales_id) WHERE insales_id <> 0 AND gone_at = 0;

CREATE INDEX orders_test ON orders (company, seq) WHERE test = 1;

CREATE INDEX orders_to_erase ON orders (company, accepted_at)
    WHERE erased_at = 0 AND state IN ('cancelled', 'test', 'sent');

CREATE INDEX orders_to_look_at ON orders (company, look_at) WHERE look_at <> 0;

CREATE INDEX orders_to_pay ON orders (company, pay_due_at) WHERE state = 'sent' AND paid = 1 AND pay_done = 0;

CREATE INDEX orders_to_prune ON orders (company, max(accepted_at, history_until))
    WHERE history_until >= 0 AND state IN ('cancelled', 'test', 'sent');

CREATE INDEX orders_to_refresh ON orders (company, touched_at) WHERE touched_at <> 0;

CREATE INDEX orders_to_report ON orders (company, report_due_at)
    WHERE revision > acked_revision AND report_problem = '';

CREATE INDEX orders_troubled ON orders (company, seq) WHERE problem <> '' OR report_problem <> '';

CREATE INDEX probe_things_of_company ON probe_things (company, gone_at);

CREATE INDEX received_unread ON received (company, seq, size, at) WHERE failure <> '';

CREATE INDEX refusals_of_company ON refusals (company, seq);

CREATE INDEX sessions_user ON sessions (user);

