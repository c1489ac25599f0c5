DROP INDEX api_keys_revoked;
DROP INDEX api_keys_disabled;
DROP INDEX api_keys_by_kept_expiry;
