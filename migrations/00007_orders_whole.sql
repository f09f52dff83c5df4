-- +goose Up
-- What the chat says of an order after it was made, and what a person decides.
ALTER TABLE orders ADD COLUMN paid INTEGER NOT NULL DEFAULT 0;         -- the chat says so
ALTER TABLE orders ADD COLUMN paid_amount TEXT NOT NULL DEFAULT '';    -- as it says, if it does
ALTER TABLE orders ADD COLUMN pay_done INTEGER NOT NULL DEFAULT 0;     -- the shop knows it, or refuses to
ALTER TABLE orders ADD COLUMN pay_due_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN pay_tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN chat_cancelled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN plain_text INTEGER NOT NULL DEFAULT 0;   -- the shop refused its emoji
ALTER TABLE orders ADD COLUMN erased_at INTEGER NOT NULL DEFAULT 0;    -- its personal data are gone

CREATE INDEX orders_to_pay ON orders (company, pay_due_at) WHERE state = 'sent' AND paid = 1 AND pay_done = 0;

-- What was learnt of a company's shop and need not be asked for again.
ALTER TABLE companies ADD COLUMN learnt TEXT NOT NULL DEFAULT '';      -- JSON: storage.Learnt
