//! Requests at a fixed rate, whether the server keeps up or not.
//!
//! Each request has its time, and its latency counts from then: a server that
//! stands still for a moment is charged for all who would have come meanwhile,
//! which a closed loop never sends.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::bench::statistics::Latencies;
use crate::bench::verify::client::Template;
use crate::bench::verify::connections::Connections;

/// When requests are due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    /// When the first one is.
    start: Instant,
    /// How far they lie apart.
    interval: Duration,
    /// How many there are.
    count: u32,
    /// Which one is next.
    next: u32,
}

// === impl Schedule ===

impl Schedule {
    /// Spreads requests evenly over a time.
    pub(super) fn new(start: Instant, per_second: u32, time: Duration) -> Self {
        let count = (time.as_secs_f64() * f64::from(per_second)).round();
        Self {
            start,
            interval: Duration::from_secs(1) / per_second,
            count: count as u32,
            next: 0,
        }
    }

    /// Gives the time of the next request when it has come, and passes on.
    fn take_due(&mut self, now: Instant) -> Option<Instant> {
        let due = self.start + self.interval * self.next;
        if self.next == self.count || due > now {
            return None;
        }
        self.next += 1;
        Some(due)
    }

    fn is_over(&self) -> bool {
        self.next == self.count
    }
}

/// Sends stored keys at a fixed rate over so many connections. It never
/// sleeps, so that no time passes between a request's time and its sending.
///
/// # Errors
///
/// When a connection breaks or an answer is not 200.
pub(super) fn run(
    address: SocketAddr,
    request: &Template,
    connections: usize,
    next_key: &mut dyn FnMut(&mut [u8]) -> bool,
    schedule: impl FnOnce(Instant) -> Schedule,
) -> Result<Latencies> {
    let mut idle: Vec<usize> = (0..connections).collect();
    let mut due_at = vec![Instant::now(); connections];
    let mut connections = Connections::open(address, request, idle.len())?;
    let mut latencies = Latencies::default();
    let mut schedule = schedule(Instant::now());
    while !schedule.is_over() || idle.len() < due_at.len() {
        while let Some(number) = idle.last().copied() {
            let Some(due) = schedule.take_due(Instant::now()) else {
                break;
            };
            idle.pop();
            due_at[number] = due;
            let client = connections.client(number);
            next_key(client.key());
            client.send()?;
        }
        connections.wait(Duration::ZERO, |number, status, client| {
            latencies.add(due_at[number].elapsed());
            idle.push(number);
            if status != 200 {
                let answer = String::from_utf8_lossy(client.answer());
                bail!("{status} and not 200: {answer}");
            }
            Ok(())
        })?;
        // A database may have nowhere else to run.
        std::thread::yield_now();
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_spread_evenly() {
        let start = Instant::now();
        let mut schedule = Schedule::new(start, 2_000, Duration::from_millis(2));
        assert_eq!(schedule.take_due(start), Some(start));
        assert_eq!(schedule.take_due(start + Duration::from_micros(499)), None);
        let late = start + Duration::from_secs(1);
        for number in 1..4 {
            let due = start + Duration::from_micros(500) * number;
            assert_eq!(schedule.take_due(late), Some(due));
        }
        assert!(schedule.is_over());
        assert_eq!(schedule.take_due(late), None);
    }
}
