-- The record of every change, written in the change's own transaction.
-- docs/cluster.md tells why (horizon, number) is an order without gaps.
CREATE TABLE events (
    -- The highest transaction that had ended when the event was written, or its
    -- own if that is higher.
    horizon BIGINT NOT NULL DEFAULT GREATEST(
        pg_current_xact_id()::text::bigint,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1
    ),
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    -- The transaction that wrote it.
    transaction_id BIGINT NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- Who did it: no references, because the record outlives them.
    by_user_id BIGINT,
    by_api_key_id BIGINT,
    -- What it is about.
    api_key_id BIGINT,
    user_id BIGINT,
    principal_id BIGINT,
    -- JSON, without secrets.
    before TEXT,
    after TEXT,
    PRIMARY KEY (horizon, number)
);
CREATE INDEX events_by_api_key ON events (api_key_id, horizon, number) WHERE api_key_id IS NOT NULL;
CREATE INDEX events_by_user ON events (user_id, horizon, number) WHERE user_id IS NOT NULL;
CREATE INDEX events_by_principal ON events (principal_id, horizon, number) WHERE principal_id IS NOT NULL;

-- The last event that was deleted for its age.
CREATE TABLE event_floor (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    horizon BIGINT NOT NULL,
    number BIGINT NOT NULL
);
INSERT INTO event_floor (id, horizon, number) VALUES (1, 0, 0);

-- What a statement that reads this sees: which transactions it holds, and the
-- first horizon at which events may still come.
CREATE VIEW event_head AS
SELECT
    1::bigint AS id,
    snapshot::text AS snapshot,
    pg_snapshot_xmin(snapshot)::text::bigint AS horizon
FROM (SELECT pg_current_snapshot() AS snapshot) AS seen;

-- The nodes that may answer from memory. A row that is not renewed is dead.
CREATE TABLE nodes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    renewal BIGINT NOT NULL,
    -- The snapshot of events that the node has applied.
    applied TEXT NOT NULL,
    -- For how long after a renewal the node may answer from memory.
    trust_milliseconds BIGINT NOT NULL
) WITH (fillfactor = 50);

DROP TABLE change_feed;
