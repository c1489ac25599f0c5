DROP TRIGGER api_keys_noted ON api_keys;
DROP TRIGGER api_keys_notes_changed ON api_keys;
DROP TRIGGER api_keys_notes_deleted ON api_keys;
DROP FUNCTION follow_api_key_metadata();
DROP TABLE api_key_metadata;
