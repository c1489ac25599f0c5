-- When keys were last used, to a minute. A table of its own: a use is written
-- often, and must not touch a key's row or its indexes. A key without a row was
-- never used. The room left in each page lets a row be written anew where it is.
CREATE TABLE api_key_uses (
    api_key_id BIGINT PRIMARY KEY REFERENCES api_keys (id) ON DELETE CASCADE,
    last_used_at BIGINT NOT NULL
) WITH (fillfactor = 70);
