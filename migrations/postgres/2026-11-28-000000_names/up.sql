-- What is derived from a name, `*_folded` among it, is made by the application, by the
-- rules of the version `fold_version`: 0 is lower case. `folded_as` is the name and its
-- folded form, as both were when this row was last folded. A release that knows neither
-- column changes only the two; then they are not what `folded_as` says, and the row is
-- folded again.

ALTER TABLE users ADD COLUMN fold_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN folded_as TEXT COLLATE "C";

ALTER TABLE organizations ADD COLUMN fold_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN folded_as TEXT COLLATE "C";

ALTER TABLE api_keys ADD COLUMN fold_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN folded_as TEXT COLLATE "C";

-- Numbers of what a username looks like: as written, folded, and in capitals.
ALTER TABLE users ADD COLUMN likeness_as_written BIGINT;
ALTER TABLE users ADD COLUMN likeness_folded BIGINT;
ALTER TABLE users ADD COLUMN likeness_in_capitals BIGINT;
