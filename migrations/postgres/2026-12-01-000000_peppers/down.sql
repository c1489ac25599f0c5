ALTER TABLE nodes DROP COLUMN peppers;
DROP TABLE peppers;
