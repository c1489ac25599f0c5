-- In a transaction of their own: on PostgreSQL writes of these tables wait while they
-- are made, and reads do not.

CREATE INDEX users_likeness_as_written ON users (likeness_as_written);
CREATE INDEX users_likeness_folded ON users (likeness_folded);
CREATE INDEX users_likeness_in_capitals ON users (likeness_in_capitals);

-- The rows that are to be folded. A query has to say the condition in these words.
CREATE INDEX users_to_fold ON users (id)
    WHERE fold_version < 1 OR folded_as IS DISTINCT FROM username || ':' || username_folded;
CREATE INDEX organizations_to_fold ON organizations (principal_id)
    WHERE fold_version < 1 OR folded_as IS DISTINCT FROM name || ':' || name_folded;
CREATE INDEX api_keys_to_fold ON api_keys (id)
    WHERE fold_version < 1 OR folded_as IS DISTINCT FROM name || ':' || name_folded;
