//! Random changes and verifications at full speed, checked against a model.
//!
//! A short form runs with the other tests; `APIKEY_TEST_SOAK_SECONDS` sets how
//! long (`cargo xtask soak` runs five minutes on each database).

mod changer;
mod model;
mod verifier;

use crate::support::{Kind, TestServer, client::Client};
use changer::Changer;
use model::Model;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use verifier::verify_until;

/// How many tenants change their things, each one change after the other.
const CHANGERS: u64 = 4;
/// How many verify, each one key after the other.
const VERIFIERS: u64 = 32;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_wrong_on_sqlite() {
    soak(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_wrong_on_postgres() {
    soak(Kind::Postgres).await;
}

async fn soak(kind: Kind) {
    let server = TestServer::start(kind).await;
    let client = Client::new(&server);
    let end = Instant::now() + duration();
    let model = Arc::new(Model::default());
    let mut changers = Vec::new();
    for number in 0..CHANGERS {
        let mut changer = Changer::create(client.clone(), model.clone(), number).await;
        changers.push(tokio::spawn(async move { changer.change_until(end).await }));
    }
    let verifiers: Vec<_> = (0..VERIFIERS)
        .map(|number| tokio::spawn(verify_until(client.clone(), model.clone(), number, end)))
        .collect();
    let (mut changes, mut verifications, mut accepted) = (0, 0, 0);
    for changer in changers {
        changes += changer.await.unwrap();
    }
    for verifier in verifiers {
        let (asked, valid) = verifier.await.unwrap();
        verifications += asked;
        accepted += valid;
    }
    println!("{kind}: {changes} changes, {verifications} verifications, {accepted} accepted");
    assert!(changes > 20 && accepted > 100 && verifications > accepted);
}

#[expect(
    clippy::disallowed_methods,
    reason = "the caller of the tests sets the length of the soak"
)]
fn duration() -> Duration {
    let seconds = std::env::var("APIKEY_TEST_SOAK_SECONDS").ok();
    let seconds = seconds.map_or(5, |text| text.parse().unwrap());
    Duration::from_secs(seconds)
}
