-- +goose Up
-- How far each company has read the change feed of its shop.
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

-- Orders of the shop without our marker that were made while an order of ours
-- was on its way: one of them may be ours with its marker lost. The
-- fingerprint stands for phone and lines, so no personal data is kept.
CREATE TABLE look_alikes (
    company     TEXT NOT NULL,
    insales_id  INTEGER NOT NULL,
    number      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (company, insales_id)
) STRICT, WITHOUT ROWID;
