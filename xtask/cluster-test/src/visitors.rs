//! Requests that the load does not send, for a time in which each must be answered:
//! sign-ins, lists, and verifications of keys that no node has in memory.

use crate::{
    deadlines::{WAIT, Waiting},
    nodes::COUNT,
    test_cluster::TestCluster,
    workers::Workers,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};
use xtask_harness::{
    request::{Credentials, Request},
    server::ADMIN,
};

/// How long lies between two requests: a sign-in costs the hash of a password.
const INTERVAL: Duration = Duration::from_millis(200);

/// What a visitor asks.
#[derive(Debug, Clone, Copy)]
enum Visit {
    SignIn,
    List,
    UnknownKey,
}

const VISITS: [Visit; 3] = [Visit::SignIn, Visit::List, Visit::UnknownKey];

/// Starts one visitor of each kind for each node.
pub(crate) fn start_visitors(cluster: &Arc<TestCluster>) -> Workers {
    Workers::start(VISITS.len() * COUNT, |number, is_over| {
        let visit = VISITS[number / COUNT];
        repeat(Arc::clone(cluster), number % COUNT, visit, is_over)
    })
}

async fn repeat(cluster: Arc<TestCluster>, node: usize, visit: Visit, is_over: Arc<AtomicBool>) {
    while !is_over.load(Ordering::Relaxed) {
        let request = visit.request(&cluster);
        let sent = (cluster.window.mark(), Instant::now());
        let answer = timeout(WAIT, cluster.questioners[node].send(&request)).await;
        let answer = answer.ok().and_then(Result::ok);
        cluster.note_wait(node, visit.waiting(), sent, answer.is_some());
        if let Some(answer) = answer.filter(|answer| !visit.expects(answer.status)) {
            let strange = format!("node {node} answered {visit:?} strangely: {answer:?}");
            cluster.findings.add(strange);
        }
        sleep(INTERVAL).await;
    }
}

// === impl Visit ===

impl Visit {
    fn request(self, cluster: &TestCluster) -> Request {
        let number = cluster.next_number();
        match self {
            Self::SignIn => Request::get("/v2/users/me").by(ADMIN),
            Self::List => {
                let own = Credentials::Key(&cluster.user.value);
                Request::get("/v2/api-keys?perPage=10").by(own)
            }
            Self::UnknownKey => {
                let key = format!("gpustack_{number:016x}_{number:032x}");
                Request::get("/auth/verify").header("x-api-key", key)
            }
        }
    }

    fn waiting(self) -> Waiting {
        match self {
            Self::SignIn | Self::List => Waiting::Other,
            Self::UnknownKey => Waiting::Gateway,
        }
    }

    /// Returns whether a status answers the request.
    fn expects(self, status: u16) -> bool {
        match self {
            Self::SignIn | Self::List => matches!(status, 200 | 503),
            Self::UnknownKey => matches!(status, 401 | 503),
        }
    }
}
