DROP TRIGGER users_end_sessions;
DROP TABLE sessions;
DROP VIEW present_users;
ALTER TABLE users DROP COLUMN require_password_change;
CREATE VIEW present_users AS
    SELECT
        id, principal_id, username, username_folded, full_name, password_hash,
        is_admin, is_active, is_system, created_at, updated_at, fold_version, folded_as,
        likeness_as_written, likeness_folded, likeness_in_capitals
    FROM users WHERE removed_at IS NULL;
