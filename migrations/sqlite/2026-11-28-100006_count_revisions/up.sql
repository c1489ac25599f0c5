-- Numbers that grow when keys of a user in a principal change places: `removals` when one
-- goes, `changes` when one has a new last change, `uses` when one has a new last use. While
-- those that concern an order and the number of keys are the same, so is the list. Kept by
-- triggers, so whoever writes.
ALTER TABLE api_key_counts ADD COLUMN removals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key_counts ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key_counts ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER api_keys_deleted;
CREATE TRIGGER api_keys_deleted AFTER DELETE ON api_keys BEGIN
    UPDATE api_key_counts SET keys = keys - 1, removals = removals + 1
        WHERE user_id = OLD.user_id AND owner_principal_id = OLD.owner_principal_id AND slot = 0;
END;
CREATE TRIGGER api_keys_changed AFTER UPDATE OF updated_at ON api_keys BEGIN
    UPDATE api_key_counts SET changes = changes + 1
        WHERE user_id = NEW.user_id AND owner_principal_id = NEW.owner_principal_id AND slot = 0;
END;
-- Only by hand.
CREATE TRIGGER api_keys_moved AFTER UPDATE OF name, created_at, expires_at ON api_keys BEGIN
    UPDATE api_key_counts SET removals = removals + 1
        WHERE user_id = NEW.user_id AND owner_principal_id = NEW.owner_principal_id AND slot = 0;
END;
CREATE TRIGGER api_keys_used AFTER UPDATE OF last_used_at ON api_key_uses BEGIN
    UPDATE api_key_counts SET uses = uses + 1
        WHERE user_id = NEW.user_id AND owner_principal_id = NEW.owner_principal_id AND slot = 0;
END;
