-- Of keys that are revoked, disabled, or either of them: whoever makes or changes another key
-- writes none of these.
CREATE INDEX api_keys_revoked ON api_keys (user_id, owner_principal_id, revoked_at, id)
    WHERE revoked_at IS NOT NULL;
CREATE INDEX api_keys_disabled ON api_keys (user_id, owner_principal_id, disabled_at, id)
    WHERE disabled_at IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX api_keys_by_kept_expiry ON api_keys (user_id, owner_principal_id, kept_expires_at, id)
    WHERE kept_expires_at IS NOT NULL;
