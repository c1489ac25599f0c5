//! The deletion of a user with many keys, until the last of them is gone.

use crate::{
    bench::Bench,
    dataset::Dataset,
    load::{template::Template, visitor::Visitor},
};
use anyhow::Result;
use std::{
    net::SocketAddr,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long the deletion may take to be answered.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked whether keys are left.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// A deletion under way.
pub(super) struct Deletion {
    user: i64,
    started: Instant,
    thread: Option<JoinHandle<(Result<u16>, Duration)>>,
    answer: String,
    /// Whether the user is deleted, so that the keys are to go.
    is_accepted: bool,
    looked_at: Instant,
    gone_after: Option<Duration>,
}

// === impl Deletion ===

impl Deletion {
    /// Sends a request that deletes a user.
    pub(super) fn start(to: SocketAddr, request: Template, user: i64) -> Self {
        let started = Instant::now();
        let thread = thread::spawn(move || {
            let mut visitor = Visitor::new(to, request);
            (visitor.ask_for(PATIENCE), started.elapsed())
        });
        Self {
            user,
            started,
            thread: Some(thread),
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
            let left = dataset.numbers(
                bench,
                &format!("SELECT id FROM api_keys WHERE user_id = {user} LIMIT 1"),
            )?;
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
        let keys = match self.gone_after {
            Some(after) => format!("the last key was gone by {:.1} s", after.as_secs_f64()),
            None => "keys were left".to_owned(),
        };
        format!("{}; {keys}", self.answer)
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
