//! What takes over the rows of another service needs: each becomes something once, and what
//! changed since is brought without undoing what was done here.

use crate::conformance::{NamedClause, TestStore};

/// The clauses of this capability.
pub const CLAUSES: &[NamedClause<TestStore>] = crate::imports_suite!(@clauses);

/// Generates a test for each clause about imports. `$run` is the path of a function that
/// takes a [`Clause`](crate::conformance::Clause) over a
/// [`TestStore`](crate::conformance::TestStore), creates a fresh store and blocks on the
/// clause with a runtime of its choice.
///
/// # Example
///
/// See [`conformance_suite!`](crate::conformance_suite).
#[macro_export]
macro_rules! imports_suite {
    (@clauses) => {
        $crate::imports_suite!(@each @clauses)
    };
    (@each $($form:tt)+) => {
        $crate::conformance_clauses! { $($form)+;
            imports:
                rows_become_what_they_say_and_are_remembered,
                what_is_imported_is_recorded_as_any_change,
                ids_that_are_free_are_kept_and_others_come_after_them,
                an_id_that_somebody_has_or_had_is_not_given,
                an_id_that_is_given_is_that_of_no_later_row,
                a_row_of_another_source_changes_nothing,
                names_that_are_taken_become_others,
                an_access_key_is_that_of_one_key,
                a_namesake_is_left_out_unless_they_are_mapped,
                of_imports_at_once_one_brings_a_row,
                a_garbled_row_is_left_out_and_the_others_come;
            imports_again:
                what_changed_at_the_source_is_brought,
                what_was_changed_here_is_kept_but_ends_are_brought,
                what_has_gone_ends_once_and_is_never_revived,
                what_was_deleted_here_is_not_made_again,
                an_import_leaves_the_last_admins,
                imported_rows_are_listed_until_they_have_gone;
            imports_ended:
                what_was_changed_here_by_a_clock_that_is_behind_is_kept,
                what_is_said_of_the_key_of_another_is_not_brought,
                a_membership_that_was_ended_here_does_not_begin_again;
            imports_views:
                whoever_is_merged_is_known_before_they_are_remembered,
                administrators_are_counted_with_their_passwords,
                who_is_renamed_to_what_looks_like_another_keeps_their_name;
        }
    };
    ($run:path) => {
        $crate::imports_suite!(@each @tests $run);
    };
}
