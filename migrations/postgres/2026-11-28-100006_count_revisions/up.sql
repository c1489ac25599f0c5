-- Numbers that grow whenever the keys of a user in a principal change places in an order:
-- `revision` in those by creation, name and expiry, `changes` in that by the last change,
-- `uses` in that by the last use; a key that comes or goes, in all of them. While the sums
-- over the slots are the same, so is the list. Kept by triggers, so whoever writes.
ALTER TABLE api_key_counts ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_key_counts ADD COLUMN changes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_key_counts ADD COLUMN uses BIGINT NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION follow_api_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO api_key_counts AS counted (user_id, owner_principal_id, slot, keys, revision)
    SELECT
        user_id,
        owner_principal_id,
        COALESCE(NULLIF(current_setting('apikey.slot', TRUE), ''), '0')::integer,
        CASE TG_OP WHEN 'INSERT' THEN COUNT(*) ELSE -COUNT(*) END,
        1
    FROM changed
    GROUP BY user_id, owner_principal_id
    ORDER BY user_id, owner_principal_id
    ON CONFLICT (user_id, owner_principal_id, slot)
        DO UPDATE SET keys = counted.keys + EXCLUDED.keys, revision = counted.revision + 1;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO api_key_uses (api_key_id, user_id, owner_principal_id)
        SELECT id, user_id, owner_principal_id FROM changed
        ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM api_key_uses WHERE api_key_id IN (SELECT id FROM changed);
    END IF;
    RETURN NULL;
END $$;

-- One key, whose last change or whose place in another order is a new one.
CREATE FUNCTION follow_api_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO api_key_counts AS counted
        (user_id, owner_principal_id, slot, keys, revision, changes)
    VALUES (
        NEW.user_id,
        NEW.owner_principal_id,
        COALESCE(NULLIF(current_setting('apikey.slot', TRUE), ''), '0')::integer,
        0,
        CASE TG_ARGV[0] WHEN 'revision' THEN 1 ELSE 0 END,
        CASE TG_ARGV[0] WHEN 'changes' THEN 1 ELSE 0 END
    )
    ON CONFLICT (user_id, owner_principal_id, slot) DO UPDATE
        SET revision = counted.revision + EXCLUDED.revision,
            changes = counted.changes + EXCLUDED.changes;
    RETURN NULL;
END $$;
CREATE FUNCTION follow_api_key_uses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO api_key_counts AS counted (user_id, owner_principal_id, slot, keys, uses)
    SELECT DISTINCT
        user_id,
        owner_principal_id,
        COALESCE(NULLIF(current_setting('apikey.slot', TRUE), ''), '0')::integer,
        0,
        1
    FROM changed
    WHERE user_id IS NOT NULL AND owner_principal_id IS NOT NULL
    ORDER BY user_id, owner_principal_id
    ON CONFLICT (user_id, owner_principal_id, slot)
        DO UPDATE SET uses = counted.uses + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER api_keys_changed AFTER UPDATE OF updated_at ON api_keys
    FOR EACH ROW EXECUTE FUNCTION follow_api_key('changes');
-- The service itself changes none of these.
CREATE TRIGGER api_keys_moved AFTER UPDATE OF name, created_at, expires_at ON api_keys
    FOR EACH ROW EXECUTE FUNCTION follow_api_key('revision');
CREATE TRIGGER api_keys_used AFTER UPDATE ON api_key_uses
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION follow_api_key_uses();
