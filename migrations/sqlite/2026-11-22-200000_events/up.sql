-- The record of every change, written in the change's own transaction. There is
-- one writer, so one number is order enough; the other columns are there because
-- the queries are the same on both databases.
CREATE TABLE events (
    horizon INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    number INTEGER NOT NULL GENERATED ALWAYS AS (horizon) VIRTUAL,
    transaction_id INTEGER NOT NULL GENERATED ALWAYS AS (horizon) VIRTUAL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- Who did it: no references, because the record outlives them.
    by_user_id INTEGER,
    by_api_key_id INTEGER,
    -- What it is about.
    api_key_id INTEGER,
    user_id INTEGER,
    principal_id INTEGER,
    -- JSON, without secrets.
    before TEXT,
    after TEXT
) STRICT;
CREATE INDEX events_by_api_key ON events (api_key_id, horizon) WHERE api_key_id IS NOT NULL;
CREATE INDEX events_by_user ON events (user_id, horizon) WHERE user_id IS NOT NULL;
CREATE INDEX events_by_principal ON events (principal_id, horizon) WHERE principal_id IS NOT NULL;

-- The last event that was deleted for its age.
CREATE TABLE event_floor (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    horizon INTEGER NOT NULL,
    number INTEGER NOT NULL
) STRICT;
INSERT INTO event_floor (id, horizon, number) VALUES (1, 0, 0);

-- What a statement that reads this sees: which events it holds, and the first
-- number that may still come.
CREATE VIEW event_head AS
SELECT
    1 AS id,
    next || ':' || next || ':' AS snapshot,
    next AS horizon
FROM (
    SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) + 1 AS next
);

DROP TABLE change_feed;
