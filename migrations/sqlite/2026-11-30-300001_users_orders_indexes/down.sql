DROP INDEX users_full_names_to_fold;
DROP INDEX users_by_full_name;
DROP INDEX users_by_change;
DROP INDEX users_by_creation;
DROP INDEX users_by_activity;
DROP INDEX users_by_right;
