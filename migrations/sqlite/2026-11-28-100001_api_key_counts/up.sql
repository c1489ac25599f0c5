-- How many keys each user has in each principal. Kept by triggers, so it is exact
-- whoever writes. The slot is for PostgreSQL, where connections do not share a row.
CREATE TABLE api_key_counts (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    owner_principal_id INTEGER NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    slot INTEGER NOT NULL,
    keys INTEGER NOT NULL,
    PRIMARY KEY (user_id, owner_principal_id, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_counts_by_owner ON api_key_counts (owner_principal_id);

CREATE TRIGGER api_keys_created AFTER INSERT ON api_keys BEGIN
    INSERT INTO api_key_counts (user_id, owner_principal_id, slot, keys)
        VALUES (NEW.user_id, NEW.owner_principal_id, 0, 1)
        ON CONFLICT (user_id, owner_principal_id, slot) DO UPDATE SET keys = keys + 1;
    INSERT INTO api_key_uses (api_key_id, user_id, owner_principal_id)
        VALUES (NEW.id, NEW.user_id, NEW.owner_principal_id);
END;
CREATE TRIGGER api_keys_deleted AFTER DELETE ON api_keys BEGIN
    UPDATE api_key_counts SET keys = keys - 1
        WHERE user_id = OLD.user_id AND owner_principal_id = OLD.owner_principal_id AND slot = 0;
END;
INSERT INTO api_key_counts (user_id, owner_principal_id, slot, keys)
    SELECT user_id, owner_principal_id, 0, COUNT(*)
    FROM api_keys GROUP BY user_id, owner_principal_id;
