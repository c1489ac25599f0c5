DROP INDEX users_system;
DROP INDEX api_key_uses_by_tenant;
DROP INDEX api_keys_by_tenant_and_change;
DROP INDEX api_keys_by_tenant_and_expiry;
