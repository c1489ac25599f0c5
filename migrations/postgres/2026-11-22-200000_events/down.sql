CREATE TABLE change_feed (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    position BIGINT NOT NULL
);
INSERT INTO change_feed (id, position) VALUES (1, 0);
DROP TABLE nodes;
DROP VIEW event_head;
DROP TABLE event_floor;
DROP TABLE events;
