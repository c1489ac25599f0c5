DROP TRIGGER api_keys_deleted;
DROP TRIGGER api_keys_created;
DROP TABLE api_key_counts;
