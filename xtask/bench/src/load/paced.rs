//! Requests at a fixed rate, whether the server keeps up or not, of several kinds at
//! once.
//!
//! As in [`open_loop`](super::open_loop) a request has its time, and its latency counts
//! from then. Each connection has a thread, which sleeps until it is time: the cores
//! are left to what is measured. Errors are counted, and nothing ends with one.

use crate::{
    load::{
        template::Template,
        visitor::{FillNumbered, Visitor},
    },
    table::{count, figure},
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use xtask_harness::latencies::Latencies;

/// How long the client waits for an answer before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Requests of a kind.
#[derive(Clone)]
pub(crate) struct Kind {
    pub(crate) to: SocketAddr,
    pub(crate) request: Template,
    pub(crate) fill_slot: FillNumbered,
    /// The number of the first one.
    pub(crate) first: u64,
    pub(crate) per_second: u32,
    /// How many connections share them.
    pub(crate) connections: u32,
    /// The status that answers must have.
    pub(crate) status: u16,
}

/// What came of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answered {
    /// Of all requests, the failed ones among them.
    pub(crate) latencies: Latencies,
    /// What came instead of the right answer, and how often.
    pub(crate) failures: BTreeMap<String, u64>,
}

/// Clients that send requests until they are told to end.
pub(crate) struct Running {
    threads: Vec<Vec<JoinHandle<Answered>>>,
    end: Arc<OnceLock<Instant>>,
}

/// Begins to send requests of some kinds.
pub(crate) fn start(kinds: &[Kind]) -> Running {
    let end = Arc::new(OnceLock::new());
    let started = Instant::now();
    let threads = kinds.iter().map(|kind| {
        let thread = |place| {
            let (kind, end) = (kind.clone(), Arc::clone(&end));
            thread::spawn(move || send(&kind, place, started, &end))
        };
        (0..kind.connections).map(thread).collect()
    });
    Running {
        threads: threads.collect(),
        end: Arc::clone(&end),
    }
}

// === impl Running ===

impl Running {
    /// Sends no more, waits for the answers, and returns what came of each kind.
    pub(crate) fn end(self) -> Vec<Answered> {
        self.end.get_or_init(Instant::now);
        let kinds = self.threads.into_iter().map(|threads| {
            let mut all = Answered::default();
            for thread in threads {
                match thread.join() {
                    Ok(answered) => all.append(&answered),
                    Err(_) => all.fail("a thread of the load panicked"),
                }
            }
            all
        });
        kinds.collect()
    }
}

// === impl Answered ===

impl Answered {
    /// Adds what came of others.
    pub(crate) fn append(&mut self, other: &Self) {
        self.latencies.append(&other.latencies);
        for (failure, count) in &other.failures {
            *self.failures.entry(failure.clone()).or_default() += count;
        }
    }

    /// Returns them as a row of a table: p50, p99 and p99.9 in milliseconds, how many there
    /// were, and what came instead of the right answer.
    pub(crate) fn cells(&self, what: &str) -> Vec<String> {
        let at = |percent| figure(self.latencies.milliseconds_at(percent));
        let failures = self.failures.iter();
        let failures: Vec<_> = failures
            .map(|(failure, times)| format!("{} × {failure}", count(*times)))
            .collect();
        vec![
            what.to_owned(),
            at(50.0),
            at(99.0),
            at(99.9),
            count(self.latencies.count()),
            failures.join(", "),
        ]
    }

    fn fail(&mut self, failure: impl Into<String>) {
        *self.failures.entry(failure.into()).or_default() += 1;
    }
}

/// Sends those requests of a kind whose turn is that of one connection.
fn send(kind: &Kind, place: u32, started: Instant, end: &OnceLock<Instant>) -> Answered {
    let mut visitor = Visitor::new(kind.to, kind.request.clone());
    let mut answered = Answered::default();
    for turn in (place..).step_by(kind.connections as usize) {
        let due = started + Duration::from_secs(1) * turn / kind.per_second;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if let Some(end) = end.get() {
            if due >= *end {
                break;
            }
            if end.elapsed() > PATIENCE {
                // Nobody waits longer for a server that does not answer.
                answered.fail("not sent in time");
                answered.latencies.add(due.elapsed());
                continue;
            }
        }
        (kind.fill_slot)(kind.first + u64::from(turn), visitor.request.slot());
        match visitor.ask_for(PATIENCE) {
            Ok(status) if status == kind.status => {}
            Ok(status) => answered.fail(status.to_string()),
            Err(error) => answered.fail(error.to_string()),
        }
        answered.latencies.add(due.elapsed());
    }
    answered
}
