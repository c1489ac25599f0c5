//! The deletion of a user with many keys, until the last of them is gone and nothing of
//! the user is left.

use crate::{
    bench::Bench,
    dataset::Dataset,
    load::{template::Template, visitor::Visitor},
    neighbors::deed::write_number,
};
use anyhow::Result;
use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long the deletion, or a write beside it, may take to be answered.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often another tenant writes meanwhile.
const WRITE_INTERVAL: Duration = Duration::from_millis(20);

/// How often it is looked whether keys are left.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// How long writes of another tenant took.
#[derive(Default)]
struct Stands {
    writes: usize,
    refused: usize,
    /// How many took longer than [`LONG`].
    long: usize,
    longest: Duration,
}

/// How long no write may take.
const LONG: Duration = Duration::from_millis(100);

/// A deletion under way.
pub(super) struct Deletion {
    user: i64,
    started: Instant,
    thread: Option<JoinHandle<(Result<u16>, Duration)>>,
    writer: Option<JoinHandle<Stands>>,
    ending: Arc<AtomicBool>,
    answer: String,
    /// Whether the user is deleted, so that the keys are to go.
    is_accepted: bool,
    looked_at: Instant,
    gone_after: Option<Duration>,
}

// === impl Deletion ===

impl Deletion {
    /// Sends a request that deletes a user, while another tenant sends `write` again and
    /// again.
    pub(super) fn start(to: SocketAddr, request: Template, user: i64, write: Template) -> Self {
        let started = Instant::now();
        let ending = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&ending);
        let writer = thread::spawn(move || Stands::of(&mut Visitor::new(to, write), &until));
        let thread = thread::spawn(move || {
            let mut visitor = Visitor::new(to, request);
            (visitor.ask_for(PATIENCE), started.elapsed())
        });
        Self {
            user,
            started,
            thread: Some(thread),
            writer: Some(writer),
            ending,
            answer: String::new(),
            is_accepted: false,
            looked_at: started,
            gone_after: None,
        }
    }

    /// Returns whether it is answered and, if the user is deleted, the last key is gone.
    pub(super) fn is_over(&mut self, bench: &Bench, dataset: &Dataset) -> Result<bool> {
        if let Some(thread) = self.thread.take_if(|thread| thread.is_finished()) {
            self.note(thread);
        }
        if self.thread.is_some() || !self.is_accepted {
            return Ok(self.thread.is_none());
        }
        if self.gone_after.is_none() && self.looked_at.elapsed() > LOOK_INTERVAL {
            let user = self.user;
            // The user's row goes after all of their keys.
            let left =
                dataset.numbers(bench, &format!("SELECT id FROM users WHERE id = {user}"))?;
            self.looked_at = Instant::now();
            self.gone_after = left.is_empty().then(|| self.started.elapsed());
        }
        Ok(self.gone_after.is_some())
    }

    /// Waits for the answer, and says what it was.
    pub(super) fn end(mut self) -> String {
        if let Some(thread) = self.thread.take() {
            self.note(thread);
        }
        let removal = match self.gone_after {
            Some(after) => format!("the removal had ended by {:.1} s", after.as_secs_f64()),
            None => "keys were left".to_owned(),
        };
        self.ending.store(true, Ordering::Relaxed);
        let stands = self.writer.take().map(JoinHandle::join);
        let stands = match stands {
            Some(Ok(stands)) => stands.to_string(),
            _ => "the thread that writes panicked".to_owned(),
        };
        format!("{}; {removal}; {stands}", self.answer)
    }

    fn note(&mut self, thread: JoinHandle<(Result<u16>, Duration)>) {
        let Ok((answer, took)) = thread.join() else {
            self.answer = "the thread panicked".to_owned();
            return;
        };
        self.is_accepted = matches!(answer, Ok(200));
        let answer = answer.map_or_else(|error| error.to_string(), |status| status.to_string());
        self.answer = format!("answered {answer} after {:.2} s", took.as_secs_f64());
    }
}

// === impl Stands ===

impl Stands {
    /// Writes until it is to end.
    fn of(visitor: &mut Visitor, ending: &AtomicBool) -> Self {
        let mut stands = Self::default();
        while !ending.load(Ordering::Relaxed) {
            // Each changes something.
            write_number(stands.writes as u64 + 1, visitor.request.slot());
            let asked_at = Instant::now();
            let is_done = visitor.ask_for(PATIENCE).is_ok_and(|status| status == 200);
            let took = asked_at.elapsed();
            stands.writes += 1;
            stands.refused += usize::from(!is_done);
            stands.long += usize::from(took > LONG);
            stands.longest = stands.longest.max(took);
            thread::sleep(WRITE_INTERVAL);
        }
        stands
    }
}

impl fmt::Display for Stands {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            writes,
            refused,
            long,
            longest,
        } = self;
        write!(
            formatter,
            "of {writes} writes beside it {refused} were refused, {long} took longer than {} ms, \
             and the longest {:.1} ms",
            LONG.as_millis(),
            longest.as_secs_f64() * 1_000.0
        )
    }
}
