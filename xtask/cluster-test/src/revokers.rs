//! Takes rights away through all nodes, asks all nodes about each at once, and
//! gives the rights back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::changes::Outcome;
use crate::lock::locked;
use crate::nodes::COUNT;
use crate::restoration::give_back;
use crate::revocable::{Kind, Revocable};
use crate::test_cluster::TestCluster;

/// How many revocations are under way at a time.
const AT_A_TIME: usize = 4;

/// Every so many revocations one goes to any node, whatever its state.
const ANYWHERE_EVERY: u64 = 8;

/// How long one waits when all rights are in use.
const PAUSE: Duration = Duration::from_millis(5);

/// How long the last revocations and what follows them may take: a stopped node
/// is waited for.
const END_LIMIT: Duration = Duration::from_secs(60);

/// Those who take rights away.
pub(crate) struct Revokers {
    tasks: JoinSet<()>,
    shared: Arc<Shared>,
}

struct Shared {
    cluster: Arc<TestCluster>,
    is_over: AtomicBool,
    begun: AtomicU64,
    count: u64,
    /// How long each waits after a revocation.
    pause: Duration,
}

// === impl Revokers ===

impl Revokers {
    /// Starts so many revocations, and spreads them over a time.
    pub(crate) fn start(cluster: &Arc<TestCluster>, count: u64, time: Duration) -> Self {
        let shared = Arc::new(Shared {
            cluster: Arc::clone(cluster),
            is_over: AtomicBool::new(false),
            begun: AtomicU64::new(0),
            count,
            pause: time.mul_f64(AT_A_TIME as f64 / count as f64),
        });
        let mut tasks = JoinSet::new();
        for _ in 0..AT_A_TIME {
            let shared = Arc::clone(&shared);
            tasks.spawn(async move { shared.work().await });
        }
        Self { tasks, shared }
    }

    /// Waits for all of them, so long.
    pub(crate) async fn until_done(&mut self, limit: Duration) -> Result<()> {
        let done = timeout(limit, async {
            while self.tasks.join_next().await.is_some() {}
        });
        if done.await.is_err() {
            let begun = self.shared.begun.load(Ordering::Relaxed);
            bail!("only {begun} revocations in {} s", limit.as_secs());
        }
        Ok(())
    }

    /// Begins no more of them, and waits for those under way.
    pub(crate) async fn end(mut self) -> Result<()> {
        self.shared.is_over.store(true, Ordering::Relaxed);
        self.until_done(END_LIMIT).await
    }
}

// === impl Shared ===

impl Shared {
    async fn work(self: Arc<Self>) {
        let mut following = JoinSet::new();
        while let Some((number, revocable)) = self.next().await {
            if self.cluster.revoke(number, &revocable).await {
                let cluster = Arc::clone(&self.cluster);
                following.spawn(async move { cluster.follow(revocable).await });
            } else {
                self.cluster.pool.set_aside(revocable);
            }
            tokio::time::sleep(self.pause).await;
            while following.try_join_next().is_some() {}
        }
        while following.join_next().await.is_some() {}
    }

    /// Returns what to revoke next; nothing when there was enough.
    async fn next(&self) -> Option<(u64, Revocable)> {
        loop {
            if self.is_over.load(Ordering::Relaxed)
                || self.begun.load(Ordering::Relaxed) >= self.count
            {
                return None;
            }
            let first = self.begun.load(Ordering::Relaxed);
            let kinds = (0..Kind::ALL.len() as u64).map(|more| first + more);
            let taken = kinds
                .map(|place| Kind::ALL[(place % 5) as usize])
                .find_map(|kind| self.cluster.pool.take(kind));
            if let Some(revocable) = taken {
                return Some((self.begun.fetch_add(1, Ordering::Relaxed), revocable));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

// === impl TestCluster ===

impl TestCluster {
    /// Takes a right away and answers whether that was acknowledged.
    async fn revoke(&self, number: u64, revocable: &Revocable) -> bool {
        let node = if number % ANYWHERE_EVERY == ANYWHERE_EVERY - 1 {
            (number / ANYWHERE_EVERY) as usize % COUNT
        } else {
            self.some_node()
        };
        let is_reliable = self.window.reliable().contains(&node);
        let mark = self.window.mark();
        let request = revocable.revocation(&self.admin.value);
        revocable.right.begin_revocation();
        self.changes.records.begin(&revocable.fact);
        let sent_at = Instant::now();
        let outcome = self.changes.send(node, request).await;
        match outcome {
            Outcome::Done(_) => {
                revocable.right.revoke();
                let took = sent_at.elapsed();
                let says = revocable.says_revoked();
                self.changes
                    .records
                    .settle(&revocable.fact, says.as_deref());
                let mut measured = locked(&self.measured);
                if is_reliable && self.window.reliable().contains(&node) {
                    measured.revocations.add(took);
                } else {
                    measured.through_fault += 1;
                }
                return true;
            }
            Outcome::Refused(status, why) => {
                let name = &revocable.right.name;
                let refused = format!("node {node} refused to revoke {name}: {status} {why}");
                self.findings.add(refused);
            }
            Outcome::Unknown(why) => {
                locked(&self.measured).undecided += 1;
                if self.window.was_closed_since(mark) {
                    let failed = format!("node {node} failed to revoke without a fault: {why}");
                    self.findings.add(failed);
                }
            }
        }
        false
    }

    /// Asks all nodes about a right whose revocation was just answered, and then
    /// gives it back.
    async fn follow(self: Arc<Self>, revocable: Revocable) {
        let ask = async |node| {
            // A node that was stopped or killed is asked again when it is back.
            if self.prober.probe(node, &revocable.right).await.is_none() {
                self.prober.probe(node, &revocable.right).await;
            }
        };
        tokio::join!(ask(0), ask(1), ask(2));
        give_back(&self, revocable).await;
    }
}
