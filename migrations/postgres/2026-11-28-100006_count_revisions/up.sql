-- Numbers that grow when keys of a user in a principal change places: `removals` when one
-- goes, `changes` when one has a new last change, `uses` when one has a new last use. While
-- those that concern an order and the number of keys are the same, so is the list. Kept by
-- triggers, so whoever writes.
-- In the order in which writes take them.
LOCK TABLE api_keys, api_key_uses IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE api_key_counts IN ACCESS EXCLUSIVE MODE;
ALTER TABLE api_key_counts ADD COLUMN removals BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_key_counts ADD COLUMN changes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_key_counts ADD COLUMN uses BIGINT NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION follow_api_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO api_key_counts AS counted (user_id, owner_principal_id, slot, keys, removals)
    SELECT
        user_id,
        owner_principal_id,
        COALESCE(NULLIF(current_setting('apikey.slot', TRUE), ''), '0')::integer,
        CASE TG_OP WHEN 'INSERT' THEN COUNT(*) ELSE -COUNT(*) END,
        CASE TG_OP WHEN 'INSERT' THEN 0 ELSE 1 END
    FROM changed
    GROUP BY user_id, owner_principal_id
    ORDER BY user_id, owner_principal_id
    ON CONFLICT (user_id, owner_principal_id, slot)
        DO UPDATE SET keys = counted.keys + EXCLUDED.keys,
            removals = counted.removals + EXCLUDED.removals;
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
        (user_id, owner_principal_id, slot, keys, removals, changes)
    VALUES (
        NEW.user_id,
        NEW.owner_principal_id,
        COALESCE(NULLIF(current_setting('apikey.slot', TRUE), ''), '0')::integer,
        0,
        CASE TG_ARGV[0] WHEN 'removals' THEN 1 ELSE 0 END,
        CASE TG_ARGV[0] WHEN 'changes' THEN 1 ELSE 0 END
    )
    ON CONFLICT (user_id, owner_principal_id, slot) DO UPDATE
        SET removals = counted.removals + EXCLUDED.removals,
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
-- Only by hand.
CREATE TRIGGER api_keys_moved AFTER UPDATE OF name, created_at, expires_at ON api_keys
    FOR EACH ROW EXECUTE FUNCTION follow_api_key('removals');
CREATE TRIGGER api_keys_used AFTER UPDATE ON api_key_uses
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION follow_api_key_uses();
