//! The clients of a key that is rotated.

use crate::{
    nodes::COUNT,
    probes::Call,
    rights::{Reply, Right},
    test_cluster::TestCluster,
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::time::sleep;
use xtask_harness::{lock::locked, random::scattered};

/// How many clients each key has.
pub(super) const CLIENTS: usize = 20;

/// How long a client waits between two uses, and before it asks another node.
const PAUSE: Duration = Duration::from_millis(25);
const PAUSE_ELSEWHERE: Duration = Duration::from_millis(5);

/// Every so many uses one is a backend's.
const BACKENDS_EVERY: u64 = 8;

/// A key that is rotated, and what its clients saw.
pub(super) struct SharedKey {
    pub(super) offer: Mutex<Offer>,
    pub(super) uses: AtomicU64,
    pub(super) refused: AtomicU64,
    /// How many were not answered, and sent to another node.
    pub(super) elsewhere: AtomicU64,
}

/// The last two secrets of a key, and when its clients take up the newer one.
pub(super) struct Offer {
    /// How often the key was rotated.
    pub(super) round: u64,
    pub(super) old: Arc<Right>,
    pub(super) new: Arc<Right>,
    pub(super) since: Instant,
    /// Within which time all clients take it up.
    pub(super) within: Duration,
}

// === impl SharedKey ===

impl SharedKey {
    /// Begins with one secret.
    pub(super) fn new(right: &Arc<Right>) -> Self {
        let offer = Offer {
            round: 0,
            old: Arc::clone(right),
            new: Arc::clone(right),
            since: Instant::now(),
            within: Duration::ZERO,
        };
        Self {
            offer: Mutex::new(offer),
            uses: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            elsewhere: AtomicU64::new(0),
        }
    }

    fn note(&self, reply: Option<Reply>) {
        let counter = match reply {
            Some(Reply::Accepted) => &self.uses,
            Some(Reply::Refused) => &self.refused,
            Some(Reply::Unavailable) | None => &self.elsewhere,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

// === impl Offer ===

impl Offer {
    /// Returns the secret that a client of a number uses now.
    fn used_by(&self, client: usize) -> Arc<Right> {
        // Each takes up the next one at another time, at random.
        let random = scattered(self.round * CLIENTS as u64 + client as u64) % 1_000;
        let at = self.since + self.within.mul_f64(random as f64 / 1e3);
        let right = match Instant::now() < at {
            true => &self.old,
            false => &self.new,
        };
        Arc::clone(right)
    }
}

/// Uses a key on one node after the other until that is over.
pub(super) async fn use_key(
    cluster: Arc<TestCluster>,
    key: Arc<SharedKey>,
    client: usize,
    is_over: Arc<AtomicBool>,
) {
    let mut node = client % COUNT;
    for turn in client as u64.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let call = match turn % BACKENDS_EVERY {
            0 => Call::Backend,
            _ => Call::Gateway,
        };
        let right = locked(&key.offer).used_by(client);
        let reply = cluster.probe_by(node, call, &right).await;
        key.note(reply);
        node = (node + 1) % COUNT;
        sleep(match reply {
            Some(Reply::Accepted | Reply::Refused) => PAUSE,
            Some(Reply::Unavailable) | None => PAUSE_ELSEWHERE,
        })
        .await;
    }
}
