//! What sessions need: they are found until they end, and nothing that rests on one outlives
//! it.

use crate::conformance::{NamedClause, TestStore};

/// The clauses of this capability.
pub const CLAUSES: &[NamedClause<TestStore>] = crate::sessions_suite!(@clauses);

/// Generates a test for each clause about sessions. `$run` is the path of a function that
/// takes a [`Clause`](crate::conformance::Clause) over a
/// [`TestStore`](crate::conformance::TestStore), creates a fresh store and blocks on the
/// clause with a runtime of its choice.
///
/// # Example
///
/// See [`conformance_suite!`](crate::conformance_suite).
#[macro_export]
macro_rules! sessions_suite {
    (@clauses) => {
        $crate::sessions_suite!(@each @clauses)
    };
    (@each $($form:tt)+) => {
        $crate::conformance_clauses! { $($form)+;
            sessions:
                an_opened_session_is_found_by_its_digest,
                an_ended_session_is_not_found,
                an_id_of_a_session_is_not_reused,
                sessions_are_listed_by_id_for_their_user,
                of_too_many_sessions_the_oldest_end,
                a_session_of_nobody_is_not_stored,
                a_session_lasts_longer_when_it_is_used,
                a_new_password_ends_all_sessions_but_the_one_that_gave_it,
                a_password_that_is_given_without_a_session_ends_all,
                another_change_of_a_user_ends_no_session,
                a_renewed_hash_ends_no_session,
                a_deactivation_ends_all_sessions_for_good,
                the_sessions_of_a_deleted_user_end,
                expired_sessions_are_deleted_in_batches,
                no_session_makes_an_event;
            session_authority:
                a_write_rests_on_its_session,
                a_write_with_a_session_of_an_earlier_password_is_refused,
                who_must_change_their_password_writes_nothing_else,
                a_session_is_opened_with_the_password_of_now,
                no_write_follows_the_end_of_its_session,
                no_session_outlives_a_new_password;
        }
    };
    ($run:path) => {
        $crate::sessions_suite!(@each @tests $run);
    };
}
