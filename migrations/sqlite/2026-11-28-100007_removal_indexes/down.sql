DROP INDEX memberships_admins;
DROP INDEX organizations_removed;
DROP INDEX users_removed;
DROP INDEX principals_removed;
