-- The metadata of keys, one row for each name, for lists of keys that have a text. Kept by
-- triggers, so whoever writes; they cost a key without metadata nothing.
CREATE TABLE api_key_metadata (
    api_key_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    owner_principal_id INTEGER NOT NULL,
    PRIMARY KEY (api_key_id, name)
) STRICT;
-- A query has to say the beginning in these words.
CREATE INDEX api_key_metadata_by_text ON api_key_metadata
    (name, substr(text, 1, 64), user_id, owner_principal_id, api_key_id);

CREATE TRIGGER api_keys_noted AFTER INSERT ON api_keys WHEN NEW.metadata IS NOT NULL BEGIN
    INSERT INTO api_key_metadata (api_key_id, name, text, user_id, owner_principal_id)
        SELECT NEW.id, key, atom, NEW.user_id, NEW.owner_principal_id
        FROM json_each(NEW.metadata) WHERE type = 'text';
END;
CREATE TRIGGER api_keys_notes_changed AFTER UPDATE OF metadata ON api_keys
WHEN OLD.metadata IS NOT NEW.metadata BEGIN
    DELETE FROM api_key_metadata WHERE api_key_id = OLD.id;
    INSERT INTO api_key_metadata (api_key_id, name, text, user_id, owner_principal_id)
        SELECT NEW.id, key, atom, NEW.user_id, NEW.owner_principal_id
        FROM json_each(COALESCE(NEW.metadata, '{}')) WHERE type = 'text';
END;
CREATE TRIGGER api_keys_notes_deleted AFTER DELETE ON api_keys
WHEN OLD.metadata IS NOT NULL BEGIN
    DELETE FROM api_key_metadata WHERE api_key_id = OLD.id;
END;
INSERT INTO api_key_metadata (api_key_id, name, text, user_id, owner_principal_id)
    SELECT noted.id, each.key, each.atom, noted.user_id, noted.owner_principal_id
    FROM (SELECT id, metadata, user_id, owner_principal_id FROM api_keys WHERE metadata IS NOT NULL)
        AS noted, json_each(noted.metadata) AS each
    WHERE each.type = 'text';
