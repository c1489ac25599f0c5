CREATE TABLE api_key_uses_old (
    api_key_id INTEGER PRIMARY KEY NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    last_used_at INTEGER NOT NULL
) STRICT;
INSERT INTO api_key_uses_old (api_key_id, last_used_at)
    SELECT api_key_id, last_used_at FROM api_key_uses WHERE last_used_at IS NOT NULL;
DROP TABLE api_key_uses;
ALTER TABLE api_key_uses_old RENAME TO api_key_uses;
