//! How long a connection may wait for its client.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a connection may wait for its client.
///
/// # Example
///
/// ```
/// use apikey_http::connection::Clocks;
/// use std::time::Duration;
///
/// assert_eq!(Clocks::default().idle, Duration::from_secs(75));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// For the whole head of a request: the first one from the beginning of the
    /// connection, any other from its first byte. Then the client gets 408.
    pub head: Duration,
    /// For the first byte of the next request, after an answer.
    pub idle: Duration,
    /// How long after an answer its buffers, and those of its request, are given up, if no
    /// byte of another request has come. What is freed is wiped by the server's
    /// allocator.
    pub rest: Duration,
    /// For 16 KiB of an answer to be accepted, or what remains of it. Then the
    /// connection is aborted.
    pub write: Duration,
    /// For the client to close or send, after the server has said that it sends no
    /// more. One that goes on sending has five times as long in all.
    pub linger: Duration,
}

impl Default for Clocks {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(5),
            idle: Duration::from_secs(75),
            rest: Duration::from_millis(5),
            write: Duration::from_secs(30),
            linger: Duration::from_secs(1),
        }
    }
}

/// A timer whose deadline moves often and is seldom reached.
///
/// It is registered anew only when the deadline is before the one it was set to,
/// or when it fires too early.
pub(super) struct Timer(Pin<Box<Sleep>>);

// === impl Timer ===

impl Timer {
    pub(super) fn new(first_deadline: Instant) -> Self {
        Self(Box::pin(sleep_until(first_deadline)))
    }

    /// Waits until `deadline`.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        if deadline < self.0.deadline() {
            self.0.as_mut().reset(deadline);
        }
        loop {
            ready!(self.0.as_mut().poll(context));
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            self.0.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[tokio::test(start_paused = true)]
    async fn a_timer_fires_at_its_last_deadline() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut timer = Timer::new(after(5));
        for deadline in [after(3), after(20), after(21)] {
            poll_fn(|context| timer.poll(context, deadline)).await;
            assert_eq!(Instant::now().duration_since(deadline).as_secs(), 0);
            assert!(Instant::now() >= deadline);
        }
        // A deadline that was moved before it was reached.
        poll_fn(|context| {
            assert!(timer.poll(context, after(30)).is_pending());
            Poll::Ready(())
        })
        .await;
        poll_fn(|context| timer.poll(context, after(90))).await;
        assert!(Instant::now() >= after(90));
    }
}
