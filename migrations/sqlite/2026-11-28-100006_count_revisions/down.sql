DROP TRIGGER api_keys_used;
DROP TRIGGER api_keys_moved;
DROP TRIGGER api_keys_changed;
DROP TRIGGER api_keys_deleted;
CREATE TRIGGER api_keys_deleted AFTER DELETE ON api_keys BEGIN
    UPDATE api_key_counts SET keys = keys - 1
        WHERE user_id = OLD.user_id AND owner_principal_id = OLD.owner_principal_id AND slot = 0;
END;
ALTER TABLE api_key_counts DROP COLUMN uses;
ALTER TABLE api_key_counts DROP COLUMN changes;
ALTER TABLE api_key_counts DROP COLUMN removals;
