-- From now on each key has a row here, so that lists can be sorted by it: with whose
-- key it is, and without an instant until the first use. Triggers make it.

CREATE TABLE api_key_uses_new (
    api_key_id INTEGER PRIMARY KEY NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    last_used_at INTEGER,
    user_id INTEGER,
    owner_principal_id INTEGER
) STRICT;
INSERT INTO api_key_uses_new (api_key_id, last_used_at, user_id, owner_principal_id)
    SELECT id, last_used_at, user_id, owner_principal_id
    FROM api_keys LEFT JOIN api_key_uses ON api_key_id = id
    ORDER BY id;
DROP TABLE api_key_uses;
ALTER TABLE api_key_uses_new RENAME TO api_key_uses;
