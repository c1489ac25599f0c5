//! Verifies one key after the other.

use super::model::Model;
use crate::support::client::Client;
use std::{sync::Arc, time::Instant};
use xtask_harness::random::Random;

/// Verifies until `end` and returns how many keys, and how many of them were valid.
pub(super) async fn verify_until(
    client: Client,
    model: Arc<Model>,
    number: u64,
    end: Instant,
) -> (u64, u64) {
    let mut random = Random::new(1_000 + number);
    let (mut asked, mut valid) = (0, 0);
    while Instant::now() < end {
        let Some(key) = model.pick(random.draw()) else {
            tokio::task::yield_now().await;
            continue;
        };
        let ticket = key.status.ask();
        let status = client.verify(&key.value, "m").await;
        assert!(
            key.status.admits(ticket, status),
            "{status} where these were right: {}",
            key.status.shown(ticket)
        );
        asked += 1;
        valid += u64::from(status == 200);
    }
    (asked, valid)
}
