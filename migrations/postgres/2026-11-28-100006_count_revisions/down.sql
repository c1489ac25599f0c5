DROP TRIGGER api_keys_used ON api_key_uses;
DROP TRIGGER api_keys_moved ON api_keys;
DROP TRIGGER api_keys_changed ON api_keys;
DROP FUNCTION follow_api_key_uses();
DROP FUNCTION follow_api_key();

CREATE OR REPLACE FUNCTION follow_api_keys() RETURNS trigger LANGUAGE plpgsql AS $$
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

ALTER TABLE api_key_counts DROP COLUMN uses;
ALTER TABLE api_key_counts DROP COLUMN changes;
ALTER TABLE api_key_counts DROP COLUMN removals;
