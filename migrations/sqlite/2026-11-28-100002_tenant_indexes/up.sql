-- One for each order of one user's keys in one principal. Those by creation and by name
-- are there already.
CREATE INDEX api_keys_by_tenant_and_expiry
    ON api_keys (user_id, owner_principal_id, expires_at, id);
CREATE INDEX api_keys_by_tenant_and_change
    ON api_keys (user_id, owner_principal_id, updated_at, id);
-- A query has to say the expression in these words: never used sorts before all uses.
CREATE INDEX api_key_uses_by_tenant ON api_key_uses (
    user_id, owner_principal_id, COALESCE(last_used_at, -9223372036854775807), api_key_id
);
CREATE INDEX users_system ON users (id) WHERE is_system;
