-- What was disabled or revoked keeps an expiry that has passed.
ALTER TABLE nodes DROP COLUMN protocol;
DROP TRIGGER api_keys_moved ON api_keys;
CREATE TRIGGER api_keys_moved AFTER UPDATE OF name, created_at, expires_at ON api_keys
    FOR EACH ROW EXECUTE FUNCTION follow_api_key('removals');
ALTER TABLE api_keys
    DROP COLUMN name_freed,
    DROP COLUMN metadata,
    DROP COLUMN hint,
    DROP COLUMN revocation_comment,
    DROP COLUMN revocation_reason,
    DROP COLUMN revoked_at,
    DROP COLUMN disabled_at,
    DROP COLUMN kept_expires_at;
