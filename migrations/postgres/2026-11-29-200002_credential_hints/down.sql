ALTER TABLE api_key_credentials DROP COLUMN hint;
