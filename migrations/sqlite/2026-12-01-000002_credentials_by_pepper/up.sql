-- The same for keys that have had several secrets.
CREATE INDEX api_key_credentials_by_pepper
    ON api_key_credentials ((substr(secret_digest, 13, 8)))
    WHERE substr(secret_digest, 1, 12) = 'hmac-sha256$';
