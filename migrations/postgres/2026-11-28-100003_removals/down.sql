DROP VIEW key_users;
DROP VIEW present_memberships;
DROP VIEW present_organizations;
DROP VIEW present_users;
ALTER TABLE organizations DROP COLUMN removed_at;
ALTER TABLE users DROP COLUMN removed_username;
ALTER TABLE users DROP COLUMN removed_at;
ALTER TABLE principals DROP COLUMN removed_at;
