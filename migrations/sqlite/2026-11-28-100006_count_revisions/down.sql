DROP TRIGGER api_keys_used;
DROP TRIGGER api_keys_moved;
DROP TRIGGER api_keys_changed;
DROP TRIGGER api_keys_deleted;
CREATE TRIGGER api_keys_deleted AFTER DELETE ON api_keys BEGIN
    UPDATE api_key_counts SET keys = keys - 1
        WHERE user_id = OLD.user_id AND owner_principal_id = OLD.owner_principal_id AND slot = 0;
END;
DROP TRIGGER api_keys_created;
CREATE TRIGGER api_keys_created AFTER INSERT ON api_keys BEGIN
    INSERT INTO api_key_counts (user_id, owner_principal_id, slot, keys)
        VALUES (NEW.user_id, NEW.owner_principal_id, 0, 1)
        ON CONFLICT (user_id, owner_principal_id, slot) DO UPDATE SET keys = keys + 1;
    INSERT INTO api_key_uses (api_key_id, user_id, owner_principal_id)
        VALUES (NEW.id, NEW.user_id, NEW.owner_principal_id);
END;
ALTER TABLE api_key_counts DROP COLUMN uses;
ALTER TABLE api_key_counts DROP COLUMN changes;
ALTER TABLE api_key_counts DROP COLUMN revision;
