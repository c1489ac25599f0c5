-- Takes no time, whatever waits for it: the index that takes its place is there.
DROP INDEX api_keys_name_unique;
