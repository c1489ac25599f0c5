-- A user or an organization with much is first marked, and then goes in pieces. A marked
-- one is in the tables, and in none of the views, which is where they are looked for. A
-- user gives their name away, and stays the one of their keys under the name they had.

ALTER TABLE principals ADD COLUMN removed_at INTEGER;
ALTER TABLE users ADD COLUMN removed_at INTEGER;
ALTER TABLE users ADD COLUMN removed_username TEXT;
ALTER TABLE organizations ADD COLUMN removed_at INTEGER;

CREATE VIEW present_users AS
    SELECT
        id, principal_id, username, username_folded, full_name, password_hash,
        is_admin, is_active, is_system, created_at, updated_at, fold_version, folded_as,
        likeness_as_written, likeness_folded, likeness_in_capitals
    FROM users WHERE removed_at IS NULL;
CREATE VIEW present_organizations AS
    SELECT
        principal_id, name, name_folded, slug, description, created_at, updated_at,
        fold_version, folded_as
    FROM organizations WHERE removed_at IS NULL;
CREATE VIEW present_memberships AS
    SELECT organization_id, user_id, role, created_at FROM memberships
    WHERE user_id NOT IN (SELECT id FROM users WHERE removed_at IS NOT NULL)
        AND organization_id NOT IN (
            SELECT principal_id FROM organizations WHERE removed_at IS NOT NULL
        );
-- The users of keys, marked or not.
CREATE VIEW key_users AS
    SELECT id, COALESCE(removed_username, username) AS username, is_system FROM users;
