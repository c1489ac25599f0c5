DELETE FROM api_key_uses WHERE last_used_at IS NULL
    OR api_key_id NOT IN (SELECT id FROM api_keys);
ALTER TABLE api_key_uses ADD CONSTRAINT api_key_uses_api_key_id_fkey
    FOREIGN KEY (api_key_id) REFERENCES api_keys (id) ON DELETE CASCADE;
ALTER TABLE api_key_uses ALTER COLUMN last_used_at SET NOT NULL;
ALTER TABLE api_key_uses DROP COLUMN owner_principal_id;
ALTER TABLE api_key_uses DROP COLUMN user_id;
