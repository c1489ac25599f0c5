-- Numbers that grow whenever the keys of a user in a principal change places in an order:
-- `revision` in those by creation, name and expiry, `changes` in that by the last change,
-- `uses` in that by the last use; a key that comes or goes, in all of them. While they are
-- the same, so is the list. Kept by triggers, so whoever writes.
ALTER TABLE api_key_counts ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key_counts ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key_counts ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER api_keys_created;
CREATE TRIGGER api_keys_created AFTER INSERT ON api_keys BEGIN
    INSERT INTO api_key_counts (user_id, owner_principal_id, slot, keys, revision)
        VALUES (NEW.user_id, NEW.owner_principal_id, 0, 1, 1)
        ON CONFLICT (user_id, owner_principal_id, slot)
            DO UPDATE SET keys = keys + 1, revision = revision + 1;
    INSERT INTO api_key_uses (api_key_id, user_id, owner_principal_id)
        VALUES (NEW.id, NEW.user_id, NEW.owner_principal_id);
END;
DROP TRIGGER api_keys_deleted;
CREATE TRIGGER api_keys_deleted AFTER DELETE ON api_keys BEGIN
    UPDATE api_key_counts SET keys = keys - 1, revision = revision + 1
        WHERE user_id = OLD.user_id AND owner_principal_id = OLD.owner_principal_id AND slot = 0;
END;
CREATE TRIGGER api_keys_changed AFTER UPDATE OF updated_at ON api_keys BEGIN
    UPDATE api_key_counts SET changes = changes + 1
        WHERE user_id = NEW.user_id AND owner_principal_id = NEW.owner_principal_id AND slot = 0;
END;
-- The service itself changes none of these.
CREATE TRIGGER api_keys_moved AFTER UPDATE OF name, created_at, expires_at ON api_keys BEGIN
    UPDATE api_key_counts SET revision = revision + 1
        WHERE user_id = NEW.user_id AND owner_principal_id = NEW.owner_principal_id AND slot = 0;
END;
CREATE TRIGGER api_keys_used AFTER UPDATE OF last_used_at ON api_key_uses BEGIN
    UPDATE api_key_counts SET uses = uses + 1
        WHERE user_id = NEW.user_id AND owner_principal_id = NEW.owner_principal_id AND slot = 0;
END;
