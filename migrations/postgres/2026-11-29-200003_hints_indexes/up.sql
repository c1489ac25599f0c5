-- Keys are found by the ends of their secrets. These are random, so few keys have the same,
-- whosever they are. Writes of keys wait meanwhile, and reads do not.
CREATE INDEX api_keys_by_hint ON api_keys (hint) WHERE hint IS NOT NULL;
UPDATE api_key_credentials SET hint = one ->> 'hint'
    FROM api_keys, json_array_elements(credentials::json) AS one
    WHERE api_keys.id = api_key_id AND (one ->> 'number')::bigint = number;
CREATE INDEX api_key_credentials_by_hint ON api_key_credentials (hint) WHERE hint IS NOT NULL;
