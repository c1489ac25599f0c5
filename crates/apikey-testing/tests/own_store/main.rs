//! A store of someone else, written from the documentation of the ports alone, passes
//! what is asked of a store of keys; stores with faults do not, and the clause is named.

mod faulty_store;
mod hash_map_store;
mod rows;

use apikey_testing::conformance::{
    Clause, TestKeys, failures,
    suite::{issuance, verification},
};
use faulty_store::{Fault, FaultyStore};
use futures_executor::block_on;
use hash_map_store::HashMapStore;
use std::sync::Arc;

fn run(clause: Clause<TestKeys>) {
    let keys = TestKeys::over(|users| Arc::new(HashMapStore::new(users)));
    block_on(clause(keys));
}

apikey_testing::verification_suite!(run);
apikey_testing::issuance_suite!(run);

/// Returns what is said of a store with this fault.
fn failures_with(fault: Fault) -> Vec<String> {
    let run = |clause: Clause<TestKeys>| {
        let keys = TestKeys::over(|users| Arc::new(FaultyStore::new(users, fault)));
        block_on(clause(keys));
    };
    let mut all = failures(verification::CLAUSES, run);
    all.extend(failures(issuance::CLAUSES, run));
    all
}

/// Checks that a fault is found, and that a clause is named for it.
fn assert_named(fault: Fault, clause: &str) {
    let failures = failures_with(fault);
    let named = format!("`{clause}` does not hold: ");
    let is_named = failures.iter().any(|line| line.starts_with(&named));
    assert!(is_named, "{failures:#?}");
}

#[test]
fn a_deletion_that_keeps_the_facts_is_found() {
    let failures = failures_with(Fault::KeepsFacts);
    let named: Vec<_> = failures
        .iter()
        .map(|line| line.split('`').nth(1).unwrap())
        .collect();
    let expected = [
        "the_facts_follow_every_change_of_the_key",
        "the_facts_follow_every_change_of_the_user",
        "the_last_retired_credentials_are_kept",
        "what_is_forgotten_is_found_no_more",
    ];
    assert_eq!(named, expected, "{failures:#?}");
}

#[test]
fn a_total_that_is_off_is_found() {
    assert_named(
        Fault::CountsTheDeleted,
        "totals_follow_every_creation_and_deletion",
    );
}

#[test]
fn a_reach_that_is_ignored_is_found() {
    assert_named(Fault::IgnoresTheReach, "a_deletion_stays_within_its_reach");
    assert_named(Fault::IgnoresTheReach, "an_update_stays_within_its_reach");
}

#[test]
fn an_authority_that_nobody_judges_is_found() {
    let clause = "a_write_of_keys_without_its_right_is_refused";
    assert_named(Fault::JudgesNobody, clause);
}

#[test]
fn an_order_that_is_ignored_is_found() {
    assert_named(
        Fault::IgnoresTheOrder,
        "every_order_sorts_as_the_table_says",
    );
}

#[test]
fn a_use_that_is_lost_is_found() {
    let clause = "a_use_is_recorded_and_changes_nothing_else";
    assert_named(Fault::LosesUses, clause);
}

#[test]
fn a_renewal_that_is_lost_is_found() {
    let clause = "only_the_digest_that_is_stored_is_renewed";
    assert_named(Fault::LosesRenewals, clause);
}
