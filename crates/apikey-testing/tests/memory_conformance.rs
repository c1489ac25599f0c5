//! The in-memory store meets every requirement of the ports.

use apikey_testing::{
    Memory,
    conformance::{
        Clause, TestStore,
        suite::{
            administration, endings, events, idempotency, imports, issuance, peppers, sessions,
            verification,
        },
    },
};
use std::sync::Arc;

fn run(clause: Clause<TestStore>) {
    let store = TestStore::of(Arc::new(Memory::new()));
    futures_executor::block_on(clause(store));
}

apikey_testing::conformance_suite!(run);

#[test]
fn every_clause_is_in_the_suite() {
    let suite: Vec<_> = [verification::CLAUSES, issuance::CLAUSES]
        .into_iter()
        .flatten()
        .map(|clause| clause.name)
        .chain(
            [
                administration::CLAUSES,
                events::CLAUSES,
                idempotency::CLAUSES,
                endings::CLAUSES,
                sessions::CLAUSES,
                imports::CLAUSES,
                peppers::CLAUSES,
            ]
            .into_iter()
            .flatten()
            .map(|clause| clause.name),
        )
        .collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/conformance");
    let (mut count, files) = (0, std::fs::read_dir(folder).unwrap());
    for file in files.map(|file| file.unwrap().path()) {
        if file.is_dir() || file.ends_with("running.rs") {
            continue;
        }
        let text = std::fs::read_to_string(file).unwrap();
        for clause in text.split("\npub async fn ").skip(1) {
            let (name, _) = clause.split_once('(').unwrap();
            assert!(suite.contains(&name), "{name} is missing in a suite");
            count += 1;
        }
    }
    assert_eq!(suite.len(), count);
}

#[test]
fn the_readme_says_how_many_clauses_there_are() {
    let readme = include_str!("../README.md");
    for (capability, count) in [
        ("verification", verification::CLAUSES.len()),
        ("issuance", issuance::CLAUSES.len()),
        ("administration", administration::CLAUSES.len()),
        ("events", events::CLAUSES.len()),
        ("idempotency", idempotency::CLAUSES.len()),
        ("endings", endings::CLAUSES.len()),
        ("sessions", sessions::CLAUSES.len()),
        ("imports", imports::CLAUSES.len()),
        ("peppers", peppers::CLAUSES.len()),
    ] {
        let row = format!("| `{capability}` | {count} |");
        assert!(readme.contains(&row), "{row}");
    }
}
