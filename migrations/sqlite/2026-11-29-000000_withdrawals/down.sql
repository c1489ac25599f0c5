-- What was disabled or revoked keeps an expiry that has passed.
DROP TRIGGER api_keys_moved;
CREATE TRIGGER api_keys_moved AFTER UPDATE OF name, created_at, expires_at ON api_keys BEGIN
    UPDATE api_key_counts SET removals = removals + 1
        WHERE user_id = NEW.user_id AND owner_principal_id = NEW.owner_principal_id AND slot = 0;
END;
ALTER TABLE api_keys DROP COLUMN name_freed;
ALTER TABLE api_keys DROP COLUMN metadata;
ALTER TABLE api_keys DROP COLUMN hint;
ALTER TABLE api_keys DROP COLUMN revocation_comment;
ALTER TABLE api_keys DROP COLUMN revocation_reason;
ALTER TABLE api_keys DROP COLUMN revoked_at;
ALTER TABLE api_keys DROP COLUMN disabled_at;
ALTER TABLE api_keys DROP COLUMN kept_expires_at;
