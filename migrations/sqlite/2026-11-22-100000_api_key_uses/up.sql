-- When keys were last used, to a minute. A table of its own: a use is written
-- often, and must not touch a key's row or its indexes. A key without a row was
-- never used.
CREATE TABLE api_key_uses (
    api_key_id INTEGER PRIMARY KEY NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    last_used_at INTEGER NOT NULL
) STRICT;
