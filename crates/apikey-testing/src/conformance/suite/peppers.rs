//! What peppers need: all nodes agree which one is the newest, and digests move to it alone.

use crate::conformance::{NamedClause, TestStore};

/// The clauses of this capability.
pub const CLAUSES: &[NamedClause<TestStore>] = crate::peppers_suite!(@clauses);

/// Generates a test for each clause about peppers. `$run` is the path of a function that
/// takes a [`Clause`](crate::conformance::Clause) over a
/// [`TestStore`](crate::conformance::TestStore), creates a fresh store and blocks on the
/// clause with a runtime of its choice.
///
/// # Example
///
/// See [`conformance_suite!`](crate::conformance_suite).
#[macro_export]
macro_rules! peppers_suite {
    (@clauses) => {
        $crate::peppers_suite!(@each @clauses)
    };
    (@each $($form:tt)+) => {
        $crate::conformance_clauses! { $($form)+;
            peppers:
                the_first_pepper_is_registered,
                an_older_pepper_does_not_come_back,
                who_does_not_know_the_newest_pepper_is_refused,
                a_pepper_without_digests_that_nobody_knows_is_forgotten,
                a_digest_moves_to_the_newest_pepper_alone,
                digests_are_counted_by_their_pepper,
                the_peppers_of_digests_are_told;
        }
    };
    ($run:path) => {
        $crate::peppers_suite!(@each @tests $run);
    };
}
