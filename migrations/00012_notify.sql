-- +goose Up
-- How people are told that something is wrong, by kind of channel.
CREATE TABLE channels (
    kind     TEXT PRIMARY KEY,
    settings TEXT NOT NULL,                -- JSON: storage.Channel without its secrets
    secrets  BLOB NOT NULL,                -- sealed
    state    TEXT NOT NULL                 -- JSON: storage.ChannelState
) STRICT, WITHOUT ROWID;

-- What is wrong, or was lately, and what people were told of it.
CREATE TABLE alarms (
    company TEXT NOT NULL,
    kind    TEXT NOT NULL,
    code    TEXT NOT NULL,
    alarm   TEXT NOT NULL,                 -- JSON: storage.Alarm
    PRIMARY KEY (company, kind, code)
) STRICT, WITHOUT ROWID;

-- Messages that have not reached people yet.
CREATE TABLE messages (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    due_at  INTEGER NOT NULL,
    message TEXT NOT NULL                  -- JSON: storage.Message
) STRICT;

CREATE INDEX messages_of ON messages (channel, seq);
