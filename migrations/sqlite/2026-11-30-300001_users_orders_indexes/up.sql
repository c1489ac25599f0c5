-- An index for each order of the users. It ends with the id, so that a page is found in it
-- alone. Writes of users wait while they are made, and reads do not.
-- The one by username has been there: it is the unique one.
CREATE INDEX users_by_right ON users (is_admin, id);
CREATE INDEX users_by_activity ON users (is_active, id);
CREATE INDEX users_by_creation ON users (created_at, id);
CREATE INDEX users_by_change ON users (updated_at, id);
-- Who has no full name comes after all others. A query has to say it in these words.
CREATE INDEX users_by_full_name ON users (COALESCE('0' || full_name, '1'), id, full_name);

-- The users whose full name is to be folded. A query has to say the condition in these words.
CREATE INDEX users_full_names_to_fold ON users (id)
    WHERE (full_name IS NOT NULL AND full_name_folded IS NULL)
        OR full_name_folded_as IS DISTINCT FROM full_name || ':' || full_name_folded;
