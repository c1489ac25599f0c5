-- The full name as it is searched, made by the application, and the name it was made from
-- beside it. A release that does not know them changes `full_name` alone, and then they are
-- made again.
ALTER TABLE users ADD COLUMN full_name_folded TEXT;
ALTER TABLE users ADD COLUMN full_name_folded_as TEXT;

-- How far the full names are in the index of names. They have a position of their own: a
-- release that does not know them follows the events for the others.
CREATE TABLE full_name_index (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    horizon BIGINT,
    number BIGINT NOT NULL,
    swept_users BIGINT NOT NULL,
    is_complete BOOLEAN NOT NULL
) WITH (fillfactor = 50);
INSERT INTO full_name_index VALUES (1, NULL, 0, 0, FALSE);
