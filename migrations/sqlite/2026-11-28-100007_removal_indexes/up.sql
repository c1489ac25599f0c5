-- Of whom is being removed, and of the admins of organizations: few rows each. Reads and
-- the writes of keys go on meanwhile.
CREATE INDEX users_removed ON users (id) WHERE removed_at IS NOT NULL;
CREATE INDEX principals_removed ON principals (removed_at, id) WHERE removed_at IS NOT NULL;
CREATE INDEX organizations_removed ON organizations (principal_id) WHERE removed_at IS NOT NULL;
CREATE INDEX memberships_admins ON memberships (organization_id, user_id) WHERE role = 'admin';
