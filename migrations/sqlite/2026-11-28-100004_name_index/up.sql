-- Which names may contain a text: for the name of each key, user and organization the
-- numbers of its parts, as the application makes them. Filled in the background, in the
-- order of events, so that whoever writes a name pays nothing for it: what is behind is
-- compared one by one. A rowid is the id of a row and the kind of its table.
CREATE VIRTUAL TABLE name_terms USING fts5 (
    terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
-- The application merges what it has added, a little each time: none waits for much of it.
INSERT INTO name_terms (name_terms, rank) VALUES ('automerge', 0);

-- How far it is filled: up to which event, and up to which ids of the rows that were there
-- before. Without a horizon it is made anew.
CREATE TABLE name_index (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    horizon INTEGER,
    number INTEGER NOT NULL,
    swept_users INTEGER NOT NULL,
    swept_organizations INTEGER NOT NULL,
    swept_keys INTEGER NOT NULL,
    is_complete INTEGER NOT NULL CHECK (is_complete IN (0, 1))
) STRICT;
INSERT INTO name_index VALUES (1, NULL, 0, 0, 0, 0, FALSE);
