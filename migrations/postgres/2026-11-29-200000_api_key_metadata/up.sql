-- The metadata of keys, one row for each name, for lists of keys that have a text. Kept by
-- triggers, so whoever writes; they cost a key without metadata nothing. Without foreign
-- keys, which each deletion of a key would look up.
CREATE TABLE api_key_metadata (
    api_key_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    user_id BIGINT NOT NULL,
    owner_principal_id BIGINT NOT NULL,
    PRIMARY KEY (api_key_id, name)
);
-- A query has to say the beginning in these words. A whole text may be too long.
CREATE INDEX api_key_metadata_by_text ON api_key_metadata
    (name, substr(text, 1, 64), user_id, owner_principal_id, api_key_id);

CREATE FUNCTION follow_api_key_metadata() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM api_key_metadata WHERE api_key_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.metadata IS NOT NULL THEN
        INSERT INTO api_key_metadata (api_key_id, name, text, user_id, owner_principal_id)
        SELECT NEW.id, key, value, NEW.user_id, NEW.owner_principal_id
        FROM json_each_text(NEW.metadata::json) WHERE value IS NOT NULL
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

-- Waits until the writes under way have ended: what they wrote is there below.
LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE;
CREATE TRIGGER api_keys_noted AFTER INSERT ON api_keys
    FOR EACH ROW WHEN (NEW.metadata IS NOT NULL) EXECUTE FUNCTION follow_api_key_metadata();
CREATE TRIGGER api_keys_notes_changed AFTER UPDATE OF metadata ON api_keys
    FOR EACH ROW WHEN (OLD.metadata IS DISTINCT FROM NEW.metadata)
    EXECUTE FUNCTION follow_api_key_metadata();
CREATE TRIGGER api_keys_notes_deleted AFTER DELETE ON api_keys
    FOR EACH ROW WHEN (OLD.metadata IS NOT NULL) EXECUTE FUNCTION follow_api_key_metadata();
INSERT INTO api_key_metadata (api_key_id, name, text, user_id, owner_principal_id)
    SELECT id, key, value, user_id, owner_principal_id
    FROM api_keys, json_each_text(metadata::json)
    WHERE metadata IS NOT NULL AND value IS NOT NULL
    ON CONFLICT DO NOTHING;
