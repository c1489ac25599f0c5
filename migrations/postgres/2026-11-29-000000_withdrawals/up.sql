-- Keys are disabled and revoked. While one is, `expires_at` has the first instant of the
-- calendar: so nodes of earlier releases refuse it, too, by whatever clock. The expiry that
-- its owner gave it is kept aside.
-- In the order in which writes take them.
LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE;
ALTER TABLE api_keys
    ADD COLUMN kept_expires_at BIGINT,
    ADD COLUMN disabled_at BIGINT,
    ADD COLUMN revoked_at BIGINT,
    ADD COLUMN revocation_reason TEXT,
    ADD COLUMN revocation_comment TEXT,
    -- The last characters of a generated secret.
    ADD COLUMN hint TEXT,
    -- A JSON object of text, or NULL.
    ADD COLUMN metadata TEXT,
    -- 0 while the key has its name, and its own id once that is free for another key.
    ADD COLUMN name_freed BIGINT NOT NULL DEFAULT 0;

DROP TRIGGER api_keys_moved ON api_keys;
CREATE TRIGGER api_keys_moved AFTER UPDATE OF name, created_at, expires_at ON api_keys
    FOR EACH ROW
    WHEN ((OLD.name, OLD.created_at, OLD.expires_at)
        IS DISTINCT FROM (NEW.name, NEW.created_at, NEW.expires_at))
    EXECUTE FUNCTION follow_api_key('removals');

-- Which changes a node knows to end a right. Earlier releases do not say it.
ALTER TABLE nodes ADD COLUMN protocol BIGINT NOT NULL DEFAULT 1;
