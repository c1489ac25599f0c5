DROP TRIGGER api_keys_deleted ON api_keys;
DROP TRIGGER api_keys_created ON api_keys;
DROP TRIGGER principals_deleted ON principals;
DROP TRIGGER users_deleted ON users;
DROP FUNCTION follow_principals();
DROP FUNCTION follow_users();
DROP FUNCTION follow_api_keys();
DROP TABLE api_key_counts;
