-- What requests made that their clients may send again. Who sent a request, and by which
-- idempotency key, and what it asked for, are codes under the pepper. The secret is sealed
-- under the pepper and the idempotency key, which is in no table. A row outlives its key:
-- otherwise a request that comes late would make another one.
CREATE TABLE idempotency_keys (
    request BLOB PRIMARY KEY NOT NULL CHECK (length(request) = 32),
    content BLOB NOT NULL CHECK (length(content) = 32),
    created_at INTEGER NOT NULL,
    api_key_id INTEGER NOT NULL,
    sealed BLOB,
    sealed_until INTEGER,
    CHECK ((sealed IS NULL) = (sealed_until IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_to_wipe ON idempotency_keys (sealed_until)
    WHERE sealed_until IS NOT NULL;
