DROP TABLE primary_server;
DROP TABLE write_proof;
