-- Keys get other secrets under the same id. The first time that happens the digest of a key
-- moves to the table of its credentials, and one that no secret has takes its place: nodes
-- of earlier releases refuse all of them.
LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE;
ALTER TABLE api_keys
    ADD COLUMN self_rotation BOOLEAN NOT NULL DEFAULT FALSE,
    -- What has become of each credential, as JSON; NULL if there was only one. In this row,
    -- because whoever locks it must see what it says.
    ADD COLUMN credentials TEXT;

-- The credentials of keys that have had several, by their access keys.
CREATE TABLE api_key_credentials (
    access_key TEXT COLLATE "C" NOT NULL,
    api_key_id BIGINT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    secret_digest TEXT NOT NULL,
    last_used_at BIGINT,
    PRIMARY KEY (api_key_id, number)
);
CREATE UNIQUE INDEX api_key_credentials_access_key_unique ON api_key_credentials (access_key);
