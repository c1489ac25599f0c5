-- Which peppers were the newest ones, in their order: by its id, of which a pepper cannot be
-- told.
CREATE TABLE peppers (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    registered_at BIGINT NOT NULL
);

-- The ids of the peppers that a node knows, separated by commas; '*' if it verifies no keys,
-- or not yet. Earlier releases do not say it.
ALTER TABLE nodes ADD COLUMN peppers TEXT;
