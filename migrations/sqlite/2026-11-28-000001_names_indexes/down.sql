DROP INDEX api_keys_to_fold;
DROP INDEX organizations_to_fold;
DROP INDEX users_to_fold;
DROP INDEX users_likeness_in_capitals;
DROP INDEX users_likeness_folded;
DROP INDEX users_likeness_as_written;
