CREATE TABLE change_feed (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    position INTEGER NOT NULL
) STRICT;
INSERT INTO change_feed (id, position) VALUES (1, 0);
DROP VIEW event_head;
DROP TABLE event_floor;
DROP TABLE events;
