DROP INDEX api_keys_by_hint;
DROP INDEX api_key_credentials_by_hint;
