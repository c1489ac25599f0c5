-- Keys are disabled and revoked. While one is, `expires_at` has the first instant of the
-- calendar: so an earlier release that is put in its place refuses it, too. The expiry that
-- its owner gave it is kept aside.
ALTER TABLE api_keys ADD COLUMN kept_expires_at INTEGER;
ALTER TABLE api_keys ADD COLUMN disabled_at INTEGER;
ALTER TABLE api_keys ADD COLUMN revoked_at INTEGER;
ALTER TABLE api_keys ADD COLUMN revocation_reason TEXT;
ALTER TABLE api_keys ADD COLUMN revocation_comment TEXT;
-- The last characters of a generated secret.
ALTER TABLE api_keys ADD COLUMN hint TEXT;
-- A JSON object of text, or NULL.
ALTER TABLE api_keys ADD COLUMN metadata TEXT;
-- 0 while the key has its name, and its own id once that is free for another key.
ALTER TABLE api_keys ADD COLUMN name_freed INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER api_keys_moved;
CREATE TRIGGER api_keys_moved AFTER UPDATE OF name, created_at, expires_at ON api_keys
WHEN OLD.name IS NOT NEW.name OR OLD.created_at IS NOT NEW.created_at
    OR OLD.expires_at IS NOT NEW.expires_at
BEGIN
    UPDATE api_key_counts SET removals = removals + 1
        WHERE user_id = NEW.user_id AND owner_principal_id = NEW.owner_principal_id AND slot = 0;
END;
