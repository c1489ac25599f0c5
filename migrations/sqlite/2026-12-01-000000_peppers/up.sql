-- Which peppers were the newest ones, in their order: by its id, of which a pepper cannot be
-- told.
CREATE TABLE peppers (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    registered_at INTEGER NOT NULL
) STRICT;
