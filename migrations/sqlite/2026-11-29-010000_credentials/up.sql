-- Keys get other secrets under the same id. The first time that happens the digest of a key
-- moves to the table of its credentials, and one that no secret has takes its place: an
-- earlier release that is put in the place of this one refuses all of them.
ALTER TABLE api_keys
    ADD COLUMN self_rotation INTEGER NOT NULL DEFAULT 0 CHECK (self_rotation IN (0, 1));
-- What has become of each credential, as JSON; NULL if there was only one.
ALTER TABLE api_keys ADD COLUMN credentials TEXT;

-- The credentials of keys that have had several, by their access keys.
CREATE TABLE api_key_credentials (
    access_key TEXT NOT NULL,
    api_key_id INTEGER NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    secret_digest TEXT NOT NULL,
    last_used_at INTEGER,
    PRIMARY KEY (api_key_id, number)
) STRICT;
CREATE UNIQUE INDEX api_key_credentials_access_key_unique ON api_key_credentials (access_key);
