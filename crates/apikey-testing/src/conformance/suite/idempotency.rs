//! What requests that are sent again need: they are remembered, once, and forgotten in time.

use crate::conformance::{NamedClause, TestStore};

/// The clauses of this capability.
pub const CLAUSES: &[NamedClause<TestStore>] = crate::idempotency_suite!(@clauses);

/// Generates a test for each clause about requests that are sent again. `$run` is the path
/// of a function that takes a [`Clause`](crate::conformance::Clause) over a
/// [`TestStore`](crate::conformance::TestStore), creates a fresh store and blocks on the
/// clause with a runtime of its choice.
///
/// # Example
///
/// See [`conformance_suite!`](crate::conformance_suite).
#[macro_export]
macro_rules! idempotency_suite {
    (@clauses) => {
        $crate::idempotency_suite!(@each @clauses)
    };
    (@each $($form:tt)+) => {
        $crate::conformance_clauses! { $($form)+;
            idempotency:
                a_request_that_is_sent_again_makes_nothing_more,
                a_repeat_returns_what_was_sealed_for_five_minutes,
                another_request_with_the_same_idempotency_key_is_refused,
                each_caller_has_requests_of_their_own,
                nothing_is_remembered_of_a_failed_creation,
                of_many_that_are_sent_at_once_one_makes_a_key,
                a_request_is_known_whichever_pepper_is_the_current_one,
                a_repeat_returns_the_key_as_it_is_now,
                a_repeat_is_judged_like_the_first_request,
                a_creation_that_may_be_repeated_is_judged;
            idempotency_changes:
                a_rotation_that_is_sent_again_rotates_once,
                of_many_rotations_that_are_sent_at_once_one_rotates,
                nothing_is_remembered_of_a_refused_rotation,
                a_repeated_rotation_is_judged;
            idempotency_forgetting:
                a_request_is_remembered_for_a_day,
                a_secret_is_wiped_when_it_may_not_be_opened,
                a_request_is_forgotten_after_a_day,
                what_is_dated_far_ahead_is_forgotten,
                at_most_so_many_are_wiped_and_forgotten_at_once;
        }
    };
    ($run:path) => {
        $crate::idempotency_suite!(@each @tests $run);
    };
}
