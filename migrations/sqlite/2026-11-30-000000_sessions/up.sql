-- People who signed in with a browser, and those who must change their password first.
ALTER TABLE users
    ADD COLUMN require_password_change INTEGER NOT NULL DEFAULT 0
    CHECK (require_password_change IN (0, 1));
DROP VIEW present_users;
CREATE VIEW present_users AS
    SELECT
        id, principal_id, username, username_folded, full_name, password_hash,
        is_admin, is_active, is_system, created_at, updated_at, fold_version, folded_as,
        likeness_as_written, likeness_folded, likeness_in_capitals, require_password_change
    FROM users WHERE removed_at IS NULL;

-- The cookie of a session is in no table: the digest is a code of it under the pepper.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The one that the user has as long as the session lasts: another password ends it.
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sessions_digest_unique ON sessions (digest);
CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at, id);

-- Whatever deactivates somebody, who may be activated again.
CREATE TRIGGER users_end_sessions AFTER UPDATE OF is_active ON users
WHEN NOT NEW.is_active
BEGIN
    DELETE FROM sessions WHERE user_id = NEW.id;
END;
