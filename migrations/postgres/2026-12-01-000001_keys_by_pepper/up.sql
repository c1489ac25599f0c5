-- Counts the digests under each pepper. A query has to say it in these words. Those of other
-- services are under none. Writes of keys wait
-- meanwhile, and reads do not.
CREATE INDEX api_keys_by_pepper ON api_keys ((substr(secret_digest, 13, 8) COLLATE "C"))
    WHERE substr(secret_digest, 1, 12) = 'hmac-sha256$';
