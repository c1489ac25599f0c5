-- The index that takes its place is there.
DROP INDEX api_keys_name_unique;
