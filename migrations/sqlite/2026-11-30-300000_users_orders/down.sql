DROP TABLE full_name_index;
ALTER TABLE users DROP COLUMN full_name_folded_as;
ALTER TABLE users DROP COLUMN full_name_folded;
