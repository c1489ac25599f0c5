-- Which names may contain a text: for the name of each key, user and organization the
-- numbers of its parts, as the application makes them. Filled in the background, in the
-- order of events, so that whoever writes a name pays nothing for it: what is behind is
-- compared one by one. A document is the id of a row and the kind of its table.
CREATE TABLE name_terms (
    document BIGINT PRIMARY KEY,
    terms INTEGER[] NOT NULL
);
-- Without statistics each search has the plan that reads the index.
ALTER TABLE name_terms ALTER COLUMN terms SET STATISTICS 0;
-- Each batch puts its own entries into the tree: none waits for those of many others.
CREATE INDEX name_terms_by_term ON name_terms USING gin (terms) WITH (fastupdate = off);

-- How far it is filled: up to which event, and up to which ids of the rows that were there
-- before. Without a horizon it is made anew.
CREATE TABLE name_index (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    horizon BIGINT,
    number BIGINT NOT NULL,
    swept_users BIGINT NOT NULL,
    swept_organizations BIGINT NOT NULL,
    swept_keys BIGINT NOT NULL,
    is_complete BOOLEAN NOT NULL
) WITH (fillfactor = 50);
INSERT INTO name_index VALUES (1, NULL, 0, 0, 0, 0, FALSE);
