//! The whole suite, its parts, and what generates tests and lists of clauses.

pub mod administration;
pub mod endings;
pub mod events;
pub mod idempotency;
pub mod imports;
pub mod issuance;
pub mod peppers;
pub mod sessions;
pub mod verification;

/// Generates a test for each clause of every capability. `$run` is the path of a function
/// that takes a [`Clause`](crate::conformance::Clause) over a
/// [`TestStore`](crate::conformance::TestStore), creates a fresh store and blocks on the
/// clause with a runtime of its choice.
///
/// # Example
///
/// ```
/// use apikey_testing::{Memory, conformance::{Clause, TestStore}};
/// use std::sync::Arc;
///
/// fn run(clause: Clause<TestStore>) {
///     let store = TestStore::of(Arc::new(Memory::new()));
///     futures_executor::block_on(clause(store));
/// }
///
/// apikey_testing::conformance_suite!(run);
/// ```
#[macro_export]
macro_rules! conformance_suite {
    ($run:path) => {
        $crate::verification_suite!($run);
        $crate::issuance_suite!($run);
        $crate::administration_suite!($run);
        $crate::events_suite!($run);
        $crate::idempotency_suite!($run);
        $crate::endings_suite!($run);
        $crate::sessions_suite!($run);
        $crate::imports_suite!($run);
        $crate::peppers_suite!($run);
    };
}

/// Generates what is asked for from a list of clauses.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_clauses {
    (@tests $run:path; $($topic:ident: $($clause:ident),+;)+) => {
        $($(
            #[test]
            fn $clause() {
                $run(|store| {
                    Box::pin($crate::conformance::holds(stringify!($clause), async move {
                        $crate::conformance::$topic::$clause(&store).await;
                    }))
                });
            }
        )+)+
    };
    (@clauses; $($topic:ident: $($clause:ident),+;)+) => {
        &[$($(
            $crate::conformance::NamedClause {
                name: stringify!($clause),
                clause: |store| {
                    Box::pin($crate::conformance::holds(stringify!($clause), async move {
                        $crate::conformance::$topic::$clause(&store).await;
                    }))
                },
            },
        )+)+]
    };
}
