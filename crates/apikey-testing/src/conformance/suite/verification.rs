//! What verifying keys needs: facts that are found, follow every change at once, and are
//! absent for what no key has; and the last use.

use crate::conformance::{NamedClause, TestKeys};

/// The clauses of this capability.
pub const CLAUSES: &[NamedClause<TestKeys>] = crate::verification_suite!(@clauses);

/// Generates a test for each clause about facts of keys. `$run` is the path of a
/// function that takes a [`Clause`](crate::conformance::Clause) over a
/// [`TestKeys`](crate::conformance::TestKeys), creates a fresh store and blocks on the
/// clause with a runtime of its choice.
///
/// # Example
///
/// ```
/// use apikey_testing::{Memory, conformance::{Clause, TestKeys}};
/// use std::sync::Arc;
///
/// fn run(clause: Clause<TestKeys>) {
///     let store = Arc::new(Memory::new());
///     futures_executor::block_on(clause(TestKeys {
///         api_keys: store.clone(),
///         key_facts: store.clone(),
///         directory: store,
///     }));
/// }
///
/// apikey_testing::verification_suite!(run);
/// ```
#[macro_export]
macro_rules! verification_suite {
    (@clauses) => {
        $crate::verification_suite!(@each @clauses)
    };
    (@each $($form:tt)+) => {
        $crate::conformance_clauses! { $($form)+;
            keys_credential:
                a_key_is_found_with_its_digest_and_user,
                an_access_key_is_looked_up_bytewise,
                a_credential_has_the_current_user,
                a_credential_has_the_current_key,
                the_key_of_a_system_user_is_found;
            key_facts:
                the_facts_are_those_of_the_key_and_its_owner,
                facts_with_a_known_owner_are_those_of_the_key,
                an_unknown_access_key_has_no_facts,
                the_facts_follow_every_change_of_the_key,
                the_facts_follow_every_change_of_the_user,
                the_facts_follow_the_membership,
                a_platform_admin_needs_no_membership;
            usage:
                a_use_is_recorded_and_changes_nothing_else,
                a_recorded_use_never_moves_back,
                a_use_that_a_wrong_clock_recorded_is_replaced,
                a_use_of_a_deleted_key_is_skipped,
                many_uses_are_recorded_at_once;
        }
    };
    ($run:path) => {
        $crate::verification_suite!(@each @tests $run);
    };
}
