DROP TRIGGER api_keys_noted;
DROP TRIGGER api_keys_notes_changed;
DROP TRIGGER api_keys_notes_deleted;
DROP TABLE api_key_metadata;
