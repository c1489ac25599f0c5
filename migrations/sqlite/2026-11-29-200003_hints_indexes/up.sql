-- Keys are found by the ends of their secrets. These are random, so few keys have the same,
-- whosever they are.
CREATE INDEX api_keys_by_hint ON api_keys (hint) WHERE hint IS NOT NULL;
UPDATE api_key_credentials SET hint = (
    SELECT one.value ->> '$.hint'
    FROM api_keys, json_each(api_keys.credentials) AS one
    WHERE api_keys.id = api_key_id AND one.value ->> '$.number' = api_key_credentials.number
);
CREATE INDEX api_key_credentials_by_hint ON api_key_credentials (hint) WHERE hint IS NOT NULL;
