-- Which row of which source became what here, so that an import can go on where it ended,
-- and be repeated. A row outlives what it became: what was deleted here is not made again.
CREATE TABLE imports (
    source TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('user', 'organization', 'membership', 'key')),
    source_row TEXT NOT NULL,
    -- The id of the user, of the principal of the organization, or of the key; of a
    -- membership that of the user.
    target INTEGER NOT NULL,
    -- A digest of what the row said, or 'gone'.
    state TEXT NOT NULL,
    -- When the target had last changed, as the import left it.
    left_at INTEGER,
    -- Whether the target was there before.
    is_merged INTEGER NOT NULL CHECK (is_merged IN (0, 1)),
    -- When the source says that the row was created.
    created_at INTEGER,
    PRIMARY KEY (source, kind, source_row)
) STRICT, WITHOUT ROWID;
