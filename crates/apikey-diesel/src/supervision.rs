//! The supervision of what must live as long as the process: threads and tasks.
//!
//! A part holds an [`Attendance`] while it runs. However it ends, by a return, a panic,
//! or by being dropped, the attendance is dropped and reports it. A stop that was
//! announced is no failure.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::watch;

/// Learns that a part has ended that must not. Clones share one state.
///
/// The owner of the process awaits [`Supervisor::ended`] and then exits: what the part
/// did is no longer done.
///
/// # Example
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use apikey_diesel::Supervisor;
///
/// let supervisor = Supervisor::default();
/// let attendance = supervisor.attend("the clock");
/// std::thread::spawn(move || {
///     let _attendance = attendance;
/// });
/// assert_eq!(supervisor.ended().await.to_string(), "the clock ended: it returned");
/// # });
/// ```
#[derive(Clone, Default)]
pub struct Supervisor {
    first: watch::Sender<Option<PartEnded>>,
    is_stopping: Arc<AtomicBool>,
}

/// A part that ended although no stop had been announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartEnded {
    /// What ended.
    pub part: &'static str,
    /// How.
    pub cause: &'static str,
}

/// Held by a part while it runs; dropping it reports the part's end.
pub struct Attendance {
    supervisor: Supervisor,
    part: &'static str,
}

// === impl Supervisor ===

impl Supervisor {
    /// Returns what a part called `part` must hold while it runs.
    pub fn attend(&self, part: &'static str) -> Attendance {
        Attendance {
            supervisor: self.clone(),
            part,
        }
    }

    /// Announces that the parts are about to be stopped: ends that follow are not
    /// reported.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::SeqCst);
    }

    /// Reports that a part has ended, and how. Only the first report counts, and none
    /// after [`Supervisor::stop`].
    pub fn report(&self, part: &'static str, cause: &'static str) {
        if self.is_stopping.load(Ordering::SeqCst) {
            return;
        }
        self.first.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert(PartEnded { part, cause });
            is_first
        });
    }

    /// Returns the part that ended first, if one has.
    pub fn first(&self) -> Option<PartEnded> {
        self.first.borrow().clone()
    }

    /// Waits until a part ends, and returns the first that did.
    pub async fn ended(&self) -> PartEnded {
        let mut first = self.first.subscribe();
        loop {
            if let Some(ended) = first.borrow_and_update().clone() {
                return ended;
            }
            // Cannot fail: `self` holds a sender.
            if first.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

// === impl PartEnded ===

impl std::fmt::Display for PartEnded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} ended: {}", self.part, self.cause)
    }
}

impl std::error::Error for PartEnded {}

// === impl Attendance ===

impl Drop for Attendance {
    fn drop(&mut self) {
        let cause = if std::thread::panicking() {
            "it panicked"
        } else {
            "it returned"
        };
        self.supervisor.report(self.part, cause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_part_that_panics_is_reported_also_from_a_task() {
        for is_task in [false, true] {
            let supervisor = Supervisor::default();
            let attendance = supervisor.attend("a part");
            let work = move || {
                let _attendance = attendance;
                panic!("a fault");
            };
            if is_task {
                drop(tokio::spawn(async move { work() }));
            } else {
                drop(std::thread::spawn(work));
            }
            let ended = supervisor.ended().await;
            assert_eq!(ended.to_string(), "a part ended: it panicked");
        }
    }

    #[tokio::test]
    async fn a_task_that_is_aborted_is_reported() {
        let supervisor = Supervisor::default();
        let attendance = supervisor.attend("a part");
        let task = tokio::spawn(async move {
            let _attendance = attendance;
            std::future::pending::<()>().await;
        });
        task.abort();
        assert_eq!(supervisor.ended().await.part, "a part");
    }

    #[test]
    fn the_first_end_counts_and_none_after_the_announcement_of_a_stop() {
        let supervisor = Supervisor::default();
        let others = supervisor.attend("the others");
        drop(supervisor.attend("the first"));
        drop(others);
        assert_eq!(supervisor.first().unwrap().part, "the first");
        let supervisor = Supervisor::default();
        let attendance = supervisor.attend("a part");
        supervisor.stop();
        drop(attendance);
        assert_eq!(supervisor.first(), None);
    }

    /// The HTTP server's workers are attended to by a value of their thread.
    #[tokio::test]
    async fn an_attendance_may_be_a_thread_local_value() {
        thread_local! {
            static ATTENDANCE: std::cell::RefCell<Option<Attendance>> =
                const { std::cell::RefCell::new(None) };
        }
        let supervisor = Supervisor::default();
        let attendance = supervisor.attend("a worker");
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime.unwrap().block_on(async move {
                ATTENDANCE.set(Some(attendance));
            });
        });
        assert_eq!(supervisor.ended().await.part, "a worker");
    }
}
