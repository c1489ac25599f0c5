-- The backups that this database was restored from. A backup has a row for itself, in which
-- only `made_at` is set.
CREATE TABLE restores (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    made_at INTEGER NOT NULL,
    restored_at INTEGER,
    -- When somebody said that they know what that means.
    acknowledged_at INTEGER
) STRICT;
