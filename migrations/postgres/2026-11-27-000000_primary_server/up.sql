-- A node changes this row to prove that the database takes writes.
CREATE TABLE write_proof (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL
) WITH (fillfactor = 50);
INSERT INTO write_proof (id, number) VALUES (1, 0);

-- Which server the nodes last worked with. No row before the first node.
CREATE TABLE primary_server (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    system_identifier BIGINT NOT NULL,
    timeline BIGINT NOT NULL
);
