-- Keys that were rotated keep a digest that no secret has.
DROP TABLE api_key_credentials;
ALTER TABLE api_keys DROP COLUMN credentials, DROP COLUMN self_rotation;
