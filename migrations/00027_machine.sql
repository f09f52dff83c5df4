-- +goose Up
-- When a company's feed was read to its end last, 0 = never: an outage of the shop must not be
-- forgotten by a restart.
ALTER TABLE feeds ADD COLUMN read_at INTEGER NOT NULL DEFAULT 0;
