-- A revoked key leaves its name to others.
CREATE UNIQUE INDEX api_keys_name_held
    ON api_keys (user_id, owner_principal_id, name, name_freed);
