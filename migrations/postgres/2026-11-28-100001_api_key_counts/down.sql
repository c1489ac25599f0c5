DROP TRIGGER api_keys_deleted ON api_keys;
DROP TRIGGER api_keys_created ON api_keys;
DROP FUNCTION follow_api_keys();
DROP TABLE api_key_counts;
