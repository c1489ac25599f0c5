//! Takes rights away through all nodes, asks all nodes about each at once, and
//! restores the rights.

use crate::{
    changes::{EXPIRY_AHEAD, Outcome},
    kinds::Kind,
    nodes::COUNT,
    restoration::restore,
    revocable::Revocable,
    rights::{Reply, Right},
    test_cluster::TestCluster,
    workers::Workers,
};
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use xtask_harness::lock::locked;

/// How many revocations are under way at a time.
const AT_A_TIME: usize = 4;

/// Every so many revocations one goes to any node, whatever its state.
const ANYWHERE_EVERY: u64 = 8;

/// How often a node is asked about a key that is about to expire, how long before that, and
/// how long after it.
const EXPIRY_INTERVAL: Duration = Duration::from_millis(10);
const EXPIRY_MARGIN: Duration = Duration::from_millis(100);
const EXPIRY_LIMIT: Duration = Duration::from_secs(1);

/// How long to wait when all rights are in use.
const PAUSE: Duration = Duration::from_millis(5);

struct Revocations {
    cluster: Arc<TestCluster>,
    begun: AtomicU64,
    count: u64,
    /// How long each waits after a revocation.
    pause: Duration,
}

/// Starts so many revocations, and spreads them over a time.
pub(crate) fn start(cluster: &Arc<TestCluster>, count: u64, time: Duration) -> Workers {
    let revocations = Arc::new(Revocations {
        cluster: Arc::clone(cluster),
        begun: AtomicU64::new(0),
        count,
        pause: time.mul_f64(AT_A_TIME as f64 / count as f64),
    });
    Workers::start(AT_A_TIME, |_, is_over| {
        Arc::clone(&revocations).work(is_over)
    })
}

// === impl Revocations ===

impl Revocations {
    async fn work(self: Arc<Self>, is_over: Arc<AtomicBool>) {
        let mut following = JoinSet::new();
        while let Some((number, revocable)) = self.next(&is_over).await {
            let cluster = &self.cluster;
            match revoke(cluster, number, &revocable).await {
                Some(revoked) => {
                    following.spawn(follow(Arc::clone(cluster), revocable, revoked));
                }
                None => cluster.pool.set_aside(revocable),
            }
            tokio::time::sleep(self.pause).await;
            while following.try_join_next().is_some() {}
        }
        while following.join_next().await.is_some() {}
    }

    /// Returns whether a revocation may be of a kind. An expiry takes a while to come, which
    /// the last revocations do not.
    fn includes(&self, number: u64, kind: Kind) -> bool {
        let is_late = number * 3 > self.count * 2;
        self.cluster.can_revoke(kind) && !(is_late && kind.awaits_end())
    }

    /// Returns what to revoke next; nothing when there was enough.
    async fn next(&self, is_over: &AtomicBool) -> Option<(u64, Revocable)> {
        loop {
            let first = self.begun.load(Ordering::Relaxed);
            if is_over.load(Ordering::Relaxed) || first >= self.count {
                return None;
            }
            let mut kinds = Kind::ALL;
            kinds.rotate_left(first as usize % Kind::ALL.len());
            let mut kinds = kinds.iter().filter(|kind| self.includes(first, **kind));
            let taken = kinds.find_map(|kind| self.cluster.pool.take(*kind));
            if let Some(revocable) = taken {
                return Some((self.begun.fetch_add(1, Ordering::Relaxed), revocable));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// What a revocation was answered, and when it was requested.
struct Revoked {
    sent_at: Instant,
    answer: Value,
}

/// Takes a right away and returns what was answered, if it was acknowledged.
async fn revoke(cluster: &TestCluster, number: u64, revocable: &Revocable) -> Option<Revoked> {
    let node = if number % ANYWHERE_EVERY == ANYWHERE_EVERY - 1 {
        (number / ANYWHERE_EVERY) as usize % COUNT
    } else {
        cluster.some_node()
    };
    let is_reliable = || cluster.window.reliable().contains(&node);
    let was_reliable = is_reliable();
    let mark = cluster.window.mark();
    let sent_at = Instant::now();
    match cluster.revoke(node, revocable).await {
        Outcome::Done(answer) => {
            let took = sent_at.elapsed();
            let mut measured = locked(&cluster.measured);
            if was_reliable && is_reliable() {
                measured.revocations.add(revocable.kind, took);
            } else {
                measured.revocations.add_through_fault(revocable.kind);
            }
            return Some(Revoked { sent_at, answer });
        }
        // What the old primary had and the new one lacks cannot be taken away.
        Outcome::Refused(status, _)
            if cluster.records.may_be_lost(&revocable.right.fact)
                && (status == 404 || revocable.secret.is_some()) => {}
        // The instant that was close has come before the request.
        Outcome::Refused(422, _)
            if revocable.kind == Kind::Expired && sent_at.elapsed() > EXPIRY_AHEAD =>
        {
            locked(&cluster.measured).undecided += 1;
            let late = format!("node {node} took longer than an expiry was ahead");
            cluster.report_without_fault(mark, late);
        }
        Outcome::Refused(status, why) => {
            let name = &revocable.right.name;
            let refused = format!("node {node} refused to revoke {name}: {status} {why}");
            cluster.findings.add(refused);
        }
        Outcome::Unknown(why) => {
            locked(&cluster.measured).undecided += 1;
            cluster.report_without_fault(mark, format!("node {node} failed to revoke: {why}"));
        }
    }
    None
}

/// Asks all nodes about a right whose revocation was just answered, and then
/// restores it.
async fn follow(cluster: Arc<TestCluster>, revocable: Revocable, revoked: Revoked) {
    let Revoked { sent_at, answer } = revoked;
    let part = revocable.secret.as_ref();
    let next = part.and_then(|part| part.successor(&revocable, &answer, &cluster.admin));
    let next_right = next.as_ref().map(|next| &next.right);
    // Another secret of the key goes on.
    let other = next_right.or_else(|| part?.other.as_ref());
    let ends_at = match revocable.kind {
        Kind::Expired => Some(sent_at + EXPIRY_AHEAD),
        Kind::GraceOver => part
            .and_then(|part| part.end(&answer).ok())
            .map(|end| *end.turn.start()),
        _ => None,
    };
    let ask = async |node| {
        if let Some(ends_at) = ends_at {
            see_end(&cluster, node, &revocable.right, ends_at).await;
        }
        for right in [Some(&revocable.right), other].into_iter().flatten() {
            // A node that was stopped or killed is asked again when it is back.
            if cluster.probe(node, right).await.is_none() {
                cluster.probe(node, right).await;
            }
        }
    };
    tokio::join!(ask(0), ask(1), ask(2));
    match next {
        // The secret may be lost with the old primary.
        Some(_) if cluster.records.may_be_lost(&revocable.right.fact) => {
            cluster.pool.set_aside(revocable);
        }
        Some(next) => {
            cluster.pool.retire(&revocable.right);
            cluster.pool.add(next);
        }
        None => restore(&cluster, revocable).await,
    }
}

/// Asks a node about a right, and again and again from shortly before it ends until it
/// has; the model knows when that is.
pub(crate) async fn see_end(cluster: &TestCluster, node: usize, right: &Right, ends_at: Instant) {
    cluster.probe(node, right).await;
    let early = ends_at.checked_sub(EXPIRY_MARGIN);
    tokio::time::sleep_until(early.unwrap_or(ends_at).into()).await;
    while ends_at.elapsed() < EXPIRY_LIMIT {
        if cluster.probe(node, right).await == Some(Reply::Refused) {
            return;
        }
        tokio::time::sleep(EXPIRY_INTERVAL).await;
    }
}
