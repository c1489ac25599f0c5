//! The times in which the service may be unavailable, and for how long it was.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};
use xtask_harness::{close_expiry::now_microseconds, lock::locked};

/// The times in which the service may be unavailable, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Windows(Mutex<Vec<Window>>);

/// A time in which the service may be unavailable.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    pub(crate) name: String,
    pub(crate) from: Instant,
    /// Until when a request may be sent that gets no answer; open while it is nothing.
    pub(crate) until: Option<Instant>,
    /// The same by the clock of the servers, in microseconds since the epoch.
    pub(crate) clock: [i64; 2],
    /// How many requests got 503, and how many no answer at all.
    pub(crate) refused: u64,
    pub(crate) cut: u64,
    /// When a verification was first and last not answered.
    pub(crate) verifications: Option<[Instant; 2]>,
    /// The same of everything else.
    pub(crate) others: Option<[Instant; 2]>,
}

/// A request without an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Missed {
    pub(crate) sent_at: Instant,
    pub(crate) ended_at: Instant,
    pub(crate) is_verification: bool,
    /// Whether it was 503, or nothing came.
    pub(crate) is_refused: bool,
}

// === impl Windows ===

impl Windows {
    /// From now on the service may be unavailable.
    pub(crate) fn open(&self, name: &str) {
        locked(&self.0).push(Window {
            name: name.to_owned(),
            from: Instant::now(),
            until: None,
            clock: [now(), i64::MAX],
            refused: 0,
            cut: 0,
            verifications: None,
            others: None,
        });
    }

    /// From now on it may not.
    pub(crate) fn close(&self) {
        if let Some(window) = locked(&self.0).last_mut() {
            window.until = Some(Instant::now());
            window.clock[1] = now();
        }
    }

    /// Adds a request without an answer, and returns whether that may be.
    pub(crate) fn excuse(&self, missed: Missed) -> bool {
        let mut windows = locked(&self.0);
        let covers = |window: &&mut Window| {
            missed.ended_at >= window.from
                && window.until.is_none_or(|until| missed.sent_at <= until)
        };
        let Some(window) = windows.iter_mut().find(covers) else {
            return false;
        };
        *if missed.is_refused {
            &mut window.refused
        } else {
            &mut window.cut
        } += 1;
        let span = match missed.is_verification {
            true => &mut window.verifications,
            false => &mut window.others,
        };
        let [first, last] = span.unwrap_or([missed.sent_at, missed.ended_at]);
        *span = Some([first.min(missed.sent_at), last.max(missed.ended_at)]);
        true
    }

    /// Returns whether one was open at an instant by the clock of the servers, or so many
    /// microseconds later.
    pub(crate) fn was_open(&self, at: i64, lead: i64) -> bool {
        let windows = locked(&self.0);
        let mut windows = windows.iter();
        windows.any(|window| at + lead >= window.clock[0] && at <= window.clock[1])
    }

    /// Returns all.
    pub(crate) fn all(&self) -> Vec<Window> {
        locked(&self.0).clone()
    }
}

// === impl Window ===

impl Window {
    /// Returns for how long verifications, and everything else, were not all answered.
    pub(crate) fn spans(&self) -> [Duration; 2] {
        [self.verifications, self.others].map(|span| {
            let length = span.map(|[first, last]| last - first.max(self.from));
            length.unwrap_or_default()
        })
    }
}

fn now() -> i64 {
    now_microseconds().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_under_way_in_a_window_is_excused() {
        let windows = Windows::default();
        let before = Instant::now();
        let missed = |sent_at, ended_at| Missed {
            sent_at,
            ended_at,
            is_verification: true,
            is_refused: false,
        };
        assert!(!windows.excuse(missed(before, before)));
        windows.open("a restart");
        let during = Instant::now();
        assert!(windows.excuse(missed(before, during)));
        windows.close();
        let after = Instant::now() + Duration::from_secs(1);
        assert!(windows.excuse(missed(during, after)));
        assert!(!windows.excuse(missed(after, after)));
        assert!(windows.was_open(now(), 0) || windows.was_open(now() - 1_000_000, 1_000_000));
        assert!(!windows.was_open(now() + 1_000_000, 0));
        let [window] = &windows.all()[..] else {
            panic!()
        };
        assert_eq!((window.cut, window.refused), (2, 0));
        assert!(window.spans()[0] >= Duration::from_secs(1) && window.spans()[1].is_zero());
    }
}
