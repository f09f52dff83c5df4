-- +goose Up
-- How a company's chat signs what it posts, and how that becomes orders of the
-- contract: JSON of storage.HMAC and storage.Wire, '' where the contract is spoken.
ALTER TABLE companies ADD COLUMN chat_hmac TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN chat_wire TEXT NOT NULL DEFAULT '';
