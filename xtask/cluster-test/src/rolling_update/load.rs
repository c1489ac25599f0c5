//! Verifications of stored keys and of those that are revoked, on each node that runs.

use crate::{
    probes::Call, rights::Reply, rolling_update::stored_keys, test_cluster::TestCluster,
    workers::Workers,
};
use anyhow::Result;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::sleep;
use xtask_harness::random::scattered;

/// How many connections verify on each node all the time.
const CONNECTIONS: usize = 2;

/// How many verify each key on a node once.
const READERS: usize = 8;

/// Every so many verifications one is of a stored key, which the node may not have in
/// memory.
const STORED_EVERY: u64 = 2;

/// How long all keys may take.
const LIMIT: Duration = Duration::from_secs(600);

/// How long one waits who got no answer, or 503.
const PAUSE: Duration = Duration::from_millis(10);

/// Starts to verify on a node, stored keys among others.
pub(super) fn start(cluster: &Arc<TestCluster>, node: usize, count: u64) -> Workers {
    Workers::start(CONNECTIONS, |number, is_over| {
        verify(Arc::clone(cluster), node, (number as u64, count), is_over)
    })
}

/// Verifies so many stored keys once, each on one of some nodes.
pub(super) async fn see_all_keys(
    cluster: &Arc<TestCluster>,
    nodes: &'static [usize],
    count: u64,
) -> Result<()> {
    let next = Arc::new(AtomicU64::new(0));
    let read = |_, _| read(Arc::clone(cluster), nodes, Arc::clone(&next), count);
    let mut readers = Workers::start(READERS, read);
    readers.until_done(LIMIT).await
}

async fn read(
    cluster: Arc<TestCluster>,
    nodes: &'static [usize],
    next: Arc<AtomicU64>,
    count: u64,
) {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return;
        }
        let node = nodes[number as usize % nodes.len()];
        cluster.probe(node, &stored_keys::right(number)).await;
    }
}

async fn verify(
    cluster: Arc<TestCluster>,
    node: usize,
    (seed, count): (u64, u64),
    is_over: Arc<AtomicBool>,
) {
    for turn in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let random = scattered(turn * 1_000 + seed * 10 + node as u64);
        let call = match turn % 16 {
            0 | 1 => Call::Backend,
            8 | 9 => Call::Uncached,
            _ => Call::Gateway,
        };
        let reply = if turn % STORED_EVERY == 0 {
            let right = stored_keys::right(random % count);
            cluster.probe_by(node, call, &right).await
        } else {
            let Some(right) = cluster.pool.pick(random) else {
                return;
            };
            cluster.probe_by(node, call, &right).await
        };
        if matches!(reply, None | Some(Reply::Unavailable)) {
            sleep(PAUSE).await;
        }
    }
}
