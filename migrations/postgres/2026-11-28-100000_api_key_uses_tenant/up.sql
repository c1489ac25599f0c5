-- From now on each key has a row here, so that lists can be sorted by it: with whose
-- key it is, and without an instant until the first use. Triggers make and delete it.

ALTER TABLE api_key_uses ADD COLUMN user_id BIGINT;
ALTER TABLE api_key_uses ADD COLUMN owner_principal_id BIGINT;
ALTER TABLE api_key_uses ALTER COLUMN last_used_at DROP NOT NULL;
ALTER TABLE api_key_uses DROP CONSTRAINT api_key_uses_api_key_id_fkey;
