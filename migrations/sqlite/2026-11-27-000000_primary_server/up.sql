-- The server changes this row to prove that the database takes writes.
CREATE TABLE write_proof (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO write_proof (id, number) VALUES (1, 0);
