-- The last characters of a generated secret. Takes no time: verifications read this table.
ALTER TABLE api_key_credentials ADD COLUMN hint TEXT COLLATE "C";
