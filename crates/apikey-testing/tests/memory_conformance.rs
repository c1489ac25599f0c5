//! The store in memory keeps every obligation of the ports.

use apikey_testing::{
    Memory,
    conformance::{Clause, TestStore},
};
use std::sync::Arc;

fn run(clause: Clause) {
    let store = Arc::new(Memory::new());
    futures_executor::block_on(clause(TestStore {
        api_keys: store.clone(),
        key_facts: store.clone(),
        directory: store.clone(),
        event_log: store.clone(),
        change_feed: store,
    }));
}

apikey_testing::conformance_suite!(run);

#[test]
fn every_clause_is_in_the_suite() {
    let suite = include_str!("../src/conformance/suite.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/conformance");
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for clause in text.split("\npub async fn ").skip(1) {
            let (name, _) = clause.split_once('(').unwrap();
            let is_listed =
                suite.contains(&format!(" {name},")) || suite.contains(&format!(" {name};"));
            assert!(is_listed, "{name} is missing in conformance_suite!");
        }
    }
}
