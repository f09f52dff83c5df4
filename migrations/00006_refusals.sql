-- +goose Up
-- Webhooks whose sender was authentic and whose content was unusable (422), the
-- last hundred of each company: what the operator needs to talk to the sender.
CREATE TABLE refusals (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    company TEXT NOT NULL,
    at      INTEGER NOT NULL,
    errors  TEXT NOT NULL,                 -- JSON: list of storage.Refusal errors
    body    BLOB NOT NULL
) STRICT;

CREATE INDEX refusals_of_company ON refusals (company, seq);
