//! What keys that end by themselves need: it is said once when they expire, and they are
//! deleted long after.

use crate::conformance::{NamedClause, TestStore};

/// The clauses of this capability.
pub const CLAUSES: &[NamedClause<TestStore>] = crate::endings_suite!(@clauses);

/// Generates a test for each clause about keys that end by themselves. `$run` is the path
/// of a function that takes a [`Clause`](crate::conformance::Clause) over a
/// [`TestStore`](crate::conformance::TestStore), creates a fresh store and blocks on the
/// clause with a runtime of its choice.
///
/// # Example
///
/// See [`conformance_suite!`](crate::conformance_suite).
#[macro_export]
macro_rules! endings_suite {
    (@clauses) => {
        $crate::endings_suite!(@each @clauses)
    };
    (@each $($form:tt)+) => {
        $crate::conformance_clauses! { $($form)+;
            endings_kept:
                what_ended_long_ago_is_deleted_and_nothing_else,
                the_deletion_of_an_ended_key_is_one_like_any_other,
                an_ended_key_with_another_expiry_stays,
                at_most_so_many_ended_keys_are_deleted_at_once,
                of_a_deletion_and_another_expiry_one_wins;
            endings_notices:
                notices_come_once_each_in_their_order,
                a_notice_is_the_key_as_it_is_and_by_the_service,
                a_notice_reaches_no_watcher,
                a_notice_does_not_confirm_the_clock_that_made_it,
                a_store_that_begins_tells_nothing_of_what_was_before,
                after_a_long_pause_the_nearest_notice_is_the_only_one,
                a_short_life_has_the_notices_after_its_beginning,
                an_expiry_that_is_moved_has_notices_of_its_own,
                a_disabled_key_expires_when_its_owner_said,
                nothing_is_said_of_keys_that_are_revoked_or_deleted,
                a_clock_that_is_set_back_repeats_nothing_and_loses_nothing,
                at_most_so_many_keys_are_told_of_at_once,
                of_many_that_look_at_once_one_gives_a_notice;
        }
    };
    ($run:path) => {
        $crate::endings_suite!(@each @tests $run);
    };
}
