//! The recorded contract, replayed against the real server on both databases.

mod matcher;
mod replay;

use crate::support::{Kind, TestServer};
use replay::Replay;

#[tokio::test]
async fn the_recorded_contract_holds_on_sqlite() {
    replay(Kind::Sqlite).await;
}

#[tokio::test]
async fn the_recorded_contract_holds_on_postgres() {
    replay(Kind::Postgres).await;
}

/// Replays every recording, four at a time, and shows every difference.
async fn replay(kind: Kind) {
    let server = TestServer::start(kind).await;
    let cases = recordings();
    assert!(cases.len() >= 20, "{} recordings", cases.len());
    let mut differences = Vec::new();
    let mut steps = 0;
    for together in cases.chunks(4) {
        let replays = together
            .iter()
            .map(|(_, case)| Replay::replay(&server, case));
        let outcomes = futures_util::future::join_all(replays).await;
        for ((name, _), (replayed, differing)) in together.iter().zip(outcomes) {
            steps += replayed;
            differences.extend(differing.into_iter().map(|d| format!("{name} {d}")));
        }
    }
    println!("{} recordings, {steps} steps", cases.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn recordings() -> Vec<(String, serde_json::Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/contract/cases");
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(path).unwrap();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect();
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}
