-- Keys that expire, by the expiry that their owner gave them, and those that were revoked.
-- A query has to say the expressions in these words.
CREATE INDEX api_keys_by_own_expiry ON api_keys (COALESCE(kept_expires_at, expires_at), id)
    WHERE revoked_at IS NULL
        AND COALESCE(kept_expires_at, expires_at) < 9223372036854775807;
CREATE INDEX api_keys_by_revocation ON api_keys (revoked_at, id) WHERE revoked_at IS NOT NULL;

-- Up to which key each notice was given, in the order of that index: 0 days before the
-- expiry is when it has passed.
CREATE TABLE expiry_notices (
    days INTEGER PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    api_key_id INTEGER NOT NULL
) STRICT;
-- The last notice of each key, and for which expiry. They come in the order of fewer days.
CREATE TABLE api_key_notices (
    api_key_id INTEGER PRIMARY KEY REFERENCES api_keys (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    days INTEGER NOT NULL
) STRICT;
