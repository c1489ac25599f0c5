-- Of several keys with one name the one that has it stays, and of those that do not the last.
DELETE FROM api_keys AS revoked
WHERE name_freed <> 0 AND EXISTS (
    SELECT 1 FROM api_keys AS other
    WHERE other.user_id = revoked.user_id
        AND other.owner_principal_id = revoked.owner_principal_id
        AND other.name = revoked.name
        AND (other.name_freed = 0 OR other.id > revoked.id)
);
CREATE UNIQUE INDEX api_keys_name_unique ON api_keys (user_id, owner_principal_id, name);
