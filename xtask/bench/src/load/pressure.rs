//! Connections that ask again as soon as they are answered, whatever the answer is,
//! until they are told to end.

use crate::load::{
    template::Template,
    visitor::{FillNumbered, Visitor},
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long a client that could not be answered waits before it asks again.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

/// Connections that ask again and again.
pub(crate) struct Pressure {
    threads: Vec<JoinHandle<BTreeMap<String, u64>>>,
    is_over: Arc<AtomicBool>,
    started: Instant,
}

// === impl Pressure ===

impl Pressure {
    /// Opens connections, each with its own request, and rests a while before each.
    pub(crate) fn start(
        connections: Vec<(SocketAddr, Template)>,
        fill_slot: &FillNumbered,
        rest: Duration,
    ) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let next = Arc::new(AtomicU64::new(0));
        let threads = connections.into_iter().map(|(to, request)| {
            let (is_over, next) = (Arc::clone(&is_over), Arc::clone(&next));
            let fill_slot = Arc::clone(fill_slot);
            let visitor = Visitor::new(to, request);
            thread::spawn(move || ask_until(visitor, &fill_slot, rest, &next, &is_over))
        });
        Self {
            threads: threads.collect(),
            is_over: Arc::clone(&is_over),
            started: Instant::now(),
        }
    }

    /// Leaves, and says what was answered.
    pub(crate) fn end(self) -> String {
        self.is_over.store(true, Ordering::SeqCst);
        let seconds = self.started.elapsed().as_secs_f64();
        let mut all = BTreeMap::new();
        for answers in self.threads.into_iter().filter_map(|one| one.join().ok()) {
            for (answer, count) in answers {
                *all.entry(answer).or_default() += count;
            }
        }
        described(&all, seconds)
    }
}

fn ask_until(
    mut visitor: Visitor,
    fill_slot: &FillNumbered,
    rest: Duration,
    next: &AtomicU64,
    is_over: &AtomicBool,
) -> BTreeMap<String, u64> {
    let mut answers = BTreeMap::new();
    let is_waiting = || !is_over.load(Ordering::SeqCst);
    while is_waiting() {
        thread::sleep(rest);
        fill_slot(next.fetch_add(1, Ordering::Relaxed), visitor.request.slot());
        let answer = match visitor.ask(is_waiting) {
            Ok(status) => status.to_string(),
            Err(_) if !is_waiting() => break,
            Err(error) => {
                thread::sleep(PAUSE_AFTER_ERROR);
                error.to_string()
            }
        };
        *answers.entry(answer).or_default() += 1;
    }
    answers
}

fn described(answers: &BTreeMap<String, u64>, seconds: f64) -> String {
    let all: u64 = answers.values().sum();
    let each = answers
        .iter()
        .map(|(answer, count)| format!("{count} × {answer}"));
    let each: Vec<_> = each.collect();
    let rate = all as f64 / seconds;
    format!("{rate:.1} answers a second: {}", each.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_is_counted_by_its_kind() {
        let answers = [("200", 30), ("503", 10)].map(|(answer, count)| (answer.to_owned(), count));
        let described = described(&BTreeMap::from(answers), 4.0);
        assert_eq!(described, "10.0 answers a second: 30 × 200, 10 × 503");
    }
}
