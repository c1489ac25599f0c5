//! People who sign in on one node and another, and whose sessions end in every way.

use super::ended::Ended;
use crate::{
    changes::Outcome,
    nodes::COUNT,
    rights::Right,
    sessions::{End, Person, Sessions},
    test_cluster::TestCluster,
};
use anyhow::Result;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::sleep;
use xtask_harness::{lock::locked, random::scattered};

/// How long lies between the sessions of one person and the next, and between two questions.
const PAUSE: Duration = Duration::from_millis(50);
const ASKING_PAUSE: Duration = Duration::from_millis(20);

/// How often each node is asked about sessions that have just ended.
const TIMES: usize = 3;

/// Every so many questions one is about a session that goes on.
const LIVE_EVERY: u64 = 4;

/// People, and what has become of their sessions.
pub(super) struct People {
    idle: Mutex<VecDeque<Person>>,
    ended: Ended,
    /// A session that nobody ends.
    live: Arc<Right>,
    /// How many sessions there were, and how many ends of each kind.
    opened: AtomicU64,
    ends: [AtomicU64; End::ALL.len()],
}

// === impl People ===

impl People {
    /// Makes so many people, and one whose session goes on.
    pub(super) async fn start(cluster: &TestCluster, count: usize) -> Result<Self> {
        let mut idle = VecDeque::new();
        for number in 0..count {
            idle.push_back(cluster.make_person(number % COUNT).await?);
        }
        let person = cluster.make_person(0).await?;
        Ok(Self {
            idle: Mutex::new(idle),
            ended: Ended::default(),
            live: cluster.sign_in(1, &person).await?,
            opened: AtomicU64::new(1),
            ends: Default::default(),
        })
    }

    /// Lets one person after the other sign in twice, and ends their sessions.
    pub(super) async fn sign_in_and_end(
        self: Arc<Self>,
        cluster: Arc<TestCluster>,
        number: usize,
        is_over: Arc<AtomicBool>,
    ) {
        for turn in number.. {
            if is_over.load(Ordering::Relaxed) {
                return;
            }
            let person = locked(&self.idle).pop_front();
            let Some(mut person) = person else {
                // Nobody is left of whom the password is known.
                return;
            };
            let mark = cluster.window.mark();
            match cluster.sign_in_twice(&person).await {
                Ok(sessions) => {
                    let end = turn % End::ALL.len();
                    match self.end(&cluster, &mut person, &sessions, end).await {
                        Ok(true) => locked(&self.idle).push_back(person),
                        Ok(false) => {}
                        Err(error) => cluster.report_without_fault(mark, format!("{error:#}")),
                    }
                }
                Err(error) => {
                    cluster.report_without_fault(mark, format!("{error:#}"));
                    locked(&self.idle).push_back(person);
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// Ends sessions of a person. Returns whether the person can sign in again.
    async fn end(
        &self,
        cluster: &TestCluster,
        person: &mut Person,
        sessions: &Sessions,
        end: usize,
    ) -> Result<bool> {
        self.opened.fetch_add(2, Ordering::Relaxed);
        ask_everywhere(cluster, sessions).await;
        let kind = End::ALL[end];
        let ending = cluster.end_sessions(cluster.some_node(), person, sessions, kind);
        let outcome = ending.await;
        for _ in 0..TIMES {
            ask_everywhere(cluster, sessions).await;
        }
        if let Outcome::Done(_) = outcome {
            self.ended.add(kind.ended(sessions));
            self.ends[end].fetch_add(1, Ordering::Relaxed);
        }
        outcome.expect_done(&format!("{kind:?}"))?;
        if kind == End::Deactivated {
            let activated = cluster.activate(cluster.some_node(), person).await;
            activated.expect_done("an activation")?;
            ask_everywhere(cluster, sessions).await;
        }
        Ok(kind != End::Deleted)
    }

    /// Asks a node about sessions that have ended, and about one that goes on.
    pub(super) async fn ask(
        self: Arc<Self>,
        cluster: Arc<TestCluster>,
        node: usize,
        is_over: Arc<AtomicBool>,
    ) {
        for turn in 0_u64.. {
            if is_over.load(Ordering::Relaxed) {
                return;
            }
            let ended = self.ended.some(scattered(turn * 10 + node as u64));
            let asked = ended.filter(|_| turn % LIVE_EVERY != 0);
            let asked = asked.unwrap_or_else(|| Arc::clone(&self.live));
            cluster.probe_session(node, &asked).await;
            sleep(ASKING_PAUSE).await;
        }
    }

    /// Sees that all that ended has ended on every node, and nothing else.
    pub(super) async fn see_ended(&self, cluster: &TestCluster) {
        let ended = self.ended.all(cluster);
        for node in 0..COUNT {
            for right in &ended {
                cluster.see_session_ended(node, right).await;
            }
            cluster.probe_session(node, &self.live).await;
        }
    }

    /// Says what there was.
    pub(super) fn remark(&self) -> String {
        let opened = self.opened.load(Ordering::Relaxed);
        let ends = End::ALL.iter().zip(&self.ends);
        let ends = ends.map(|(end, count)| format!("{end:?} {}", count.load(Ordering::Relaxed)));
        let ends: Vec<_> = ends.collect();
        format!("{opened} sessions, ends: {}", ends.join(", "))
    }
}

/// Asks all nodes about sessions at the same time.
async fn ask_everywhere(cluster: &TestCluster, [first, second]: &Sessions) {
    const { assert!(COUNT == 3, "each node is asked by name") };
    let ask = async |node| {
        cluster.probe_session(node, first).await;
        cluster.probe_session(node, second).await;
    };
    tokio::join!(ask(0), ask(1), ask(2));
}
