-- The rows of the keys there are. Only their uses wait meanwhile.
INSERT INTO api_key_uses AS used (api_key_id, user_id, owner_principal_id)
    SELECT id, user_id, owner_principal_id FROM api_keys ORDER BY id
    ON CONFLICT (api_key_id) DO UPDATE
        SET user_id = EXCLUDED.user_id, owner_principal_id = EXCLUDED.owner_principal_id;

-- From here on writes of these tables wait, and reads do not.
LOCK TABLE api_keys IN SHARE MODE;
-- Of keys that were deleted meanwhile.
DELETE FROM api_key_uses
    WHERE NOT EXISTS (SELECT 1 FROM api_keys WHERE id = api_key_id);

-- One for each order of one user's keys in one principal. Those by creation and by name
-- are there already.
CREATE INDEX api_keys_by_tenant_and_expiry
    ON api_keys (user_id, owner_principal_id, expires_at, id);
CREATE INDEX api_keys_by_tenant_and_change
    ON api_keys (user_id, owner_principal_id, updated_at, id);
-- A query has to say the expression in these words: never used sorts before all uses. With
-- the column itself the index is enough for a scan.
CREATE INDEX api_key_uses_by_tenant ON api_key_uses (
    user_id, owner_principal_id, COALESCE(last_used_at, -9223372036854775807), api_key_id
) INCLUDE (last_used_at);
CREATE INDEX users_system ON users (id) WHERE is_system;
