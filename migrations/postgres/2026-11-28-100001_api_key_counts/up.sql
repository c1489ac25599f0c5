-- How many keys each user has in each principal: the sum of the rows of its slots. Kept
-- by triggers, so it is exact whoever writes, an earlier release or a person. Each
-- connection that writes has a slot of its own (the setting `apikey.slot`), so none
-- waits for a row of another. Without foreign keys, which would lock the user and the
-- principal behind a key, against the order of all locks.
CREATE TABLE api_key_counts (
    user_id BIGINT NOT NULL,
    owner_principal_id BIGINT NOT NULL,
    slot INTEGER NOT NULL,
    keys BIGINT NOT NULL,
    PRIMARY KEY (user_id, owner_principal_id, slot)
) WITH (fillfactor = 50);
CREATE INDEX api_key_counts_by_owner ON api_key_counts (owner_principal_id);

CREATE FUNCTION follow_api_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO api_key_counts AS counted (user_id, owner_principal_id, slot, keys)
    SELECT
        user_id,
        owner_principal_id,
        COALESCE(NULLIF(current_setting('apikey.slot', TRUE), ''), '0')::integer,
        CASE TG_OP WHEN 'INSERT' THEN COUNT(*) ELSE -COUNT(*) END
    FROM changed
    GROUP BY user_id, owner_principal_id
    ORDER BY user_id, owner_principal_id
    ON CONFLICT (user_id, owner_principal_id, slot)
        DO UPDATE SET keys = counted.keys + EXCLUDED.keys;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO api_key_uses (api_key_id, user_id, owner_principal_id)
        SELECT id, user_id, owner_principal_id FROM changed
        ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM api_key_uses WHERE api_key_id IN (SELECT id FROM changed);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION follow_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM api_key_counts WHERE user_id IN (SELECT id FROM changed);
    RETURN NULL;
END $$;
CREATE FUNCTION follow_principals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM api_key_counts WHERE owner_principal_id IN (SELECT id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER users_deleted AFTER DELETE ON users
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION follow_users();
CREATE TRIGGER principals_deleted AFTER DELETE ON principals
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION follow_principals();

-- Waits until the writes under way have ended: what they wrote is counted below.
LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE;
CREATE TRIGGER api_keys_created AFTER INSERT ON api_keys
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION follow_api_keys();
CREATE TRIGGER api_keys_deleted AFTER DELETE ON api_keys
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION follow_api_keys();
INSERT INTO api_key_counts (user_id, owner_principal_id, slot, keys)
    SELECT user_id, owner_principal_id, 0, COUNT(*)
    FROM api_keys GROUP BY user_id, owner_principal_id;
