-- People who signed in with a browser, and those who must change their password first.
-- The view, and then its table, as reads take them: one that has the view, and waits for the
-- table, would never let this go on.
LOCK TABLE present_users IN ACCESS EXCLUSIVE MODE;
ALTER TABLE users ADD COLUMN require_password_change BOOLEAN NOT NULL DEFAULT FALSE;
CREATE OR REPLACE VIEW present_users AS
    SELECT
        id, principal_id, username, username_folded, full_name, password_hash,
        is_admin, is_active, is_system, created_at, updated_at, fold_version, folded_as,
        likeness_as_written, likeness_folded, likeness_in_capitals, require_password_change
    FROM users WHERE removed_at IS NULL;

-- The cookie of a session is in no table: the digest is a code of it under the pepper.
CREATE TABLE sessions (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The one that the user has as long as the session lasts: another password ends it.
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX sessions_digest_unique ON sessions (digest);
CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at, id);

-- Also where a node of an earlier release deactivates somebody, who may be activated again.
CREATE FUNCTION users_end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM sessions WHERE user_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER users_end_sessions AFTER UPDATE OF is_active ON users
    FOR EACH ROW WHEN (NOT NEW.is_active) EXECUTE FUNCTION users_end_sessions();
