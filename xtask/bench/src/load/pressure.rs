//! Connections that ask again as soon as they are answered, whatever the answer is,
//! until they are told to end.

use crate::load::{
    template::Template,
    visitor::{FillNumbered, Visitor},
};
use std::{
    collections::BTreeMap,
    fmt,
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

/// How often connections were answered what, or had no answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers {
    counts: BTreeMap<String, u64>,
    seconds: f64,
}

/// Connections that ask again and again.
pub(crate) struct Pressure {
    threads: Vec<JoinHandle<Answers>>,
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

    /// Leaves, and returns what was answered.
    pub(crate) fn end(self) -> Answers {
        self.is_over.store(true, Ordering::SeqCst);
        let seconds = self.started.elapsed().as_secs_f64();
        let mut all = Answers::default();
        for answers in self.threads.into_iter().filter_map(|one| one.join().ok()) {
            all.append(&answers);
        }
        all.seconds = seconds;
        all
    }
}

// === impl Answers ===

impl Answers {
    /// Adds those of another time.
    pub(crate) fn append(&mut self, other: &Self) {
        for (answer, count) in &other.counts {
            *self.counts.entry(answer.clone()).or_default() += count;
        }
        self.seconds += other.seconds;
    }

    /// Returns how many there were a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.counts.values().sum::<u64>() as f64 / self.seconds
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts.iter();
        let each = counts.map(|(answer, count)| format!("{count} × {answer}"));
        formatter.write_str(&each.collect::<Vec<_>>().join(", "))
    }
}

fn ask_until(
    mut visitor: Visitor,
    fill_slot: &FillNumbered,
    rest: Duration,
    next: &AtomicU64,
    is_over: &AtomicBool,
) -> Answers {
    let mut answers = Answers::default();
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
        *answers.counts.entry(answer).or_default() += 1;
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_what_they_are() {
        let counts = [("200", 30), ("503", 10)].map(|(answer, count)| (answer.to_owned(), count));
        let one = Answers {
            counts: counts.into(),
            seconds: 4.0,
        };
        let mut all = one.clone();
        all.append(&one);
        assert_eq!(all.to_string(), "60 × 200, 20 × 503");
        assert!((all.per_second() - 10.0).abs() < 1e-9);
    }
}
