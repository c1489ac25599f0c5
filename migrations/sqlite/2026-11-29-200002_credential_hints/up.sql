-- The last characters of a generated secret.
ALTER TABLE api_key_credentials ADD COLUMN hint TEXT;
