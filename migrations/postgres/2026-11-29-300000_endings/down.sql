DROP TABLE api_key_notices;
DROP TABLE expiry_notices;
DROP INDEX api_keys_by_revocation;
DROP INDEX api_keys_by_own_expiry;
