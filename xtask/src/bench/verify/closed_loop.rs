//! As many requests as are answered: each connection sends its next when its
//! last one is.
//!
//! It differs from the load of the other measurements in that it costs little:
//! it must be able to keep a whole core of a server busy from another core.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::bench::load::Outcome;
use crate::bench::statistics::Latencies;
use crate::bench::verify::client::{Client, Template};
use crate::bench::verify::connections::Connections;

/// How long an answer may take until it is looked whether xtask must stop.
const PATIENCE: Duration = Duration::from_millis(50);

/// Writes the next key; false when there are no more.
pub(super) type NextKey<'a> = &'a mut dyn FnMut(&mut [u8]) -> bool;

/// Connections that send the same kind of key.
pub(super) struct Group<'a> {
    /// How many they are.
    pub(super) connections: usize,
    /// What they send.
    pub(super) next_key: NextKey<'a>,
    /// How they must be answered.
    pub(super) status: u16,
}

struct Progress {
    end: Instant,
    /// For each connection its group, and when its request was sent.
    sent: Vec<(usize, Instant)>,
    latencies: Vec<Latencies>,
    /// How many requests are not answered yet.
    waiting: usize,
}

/// Sends requests for a time, or until there are no more keys, and waits for
/// the answers to all of them. Gives what came of each group.
///
/// # Errors
///
/// When a connection breaks or an answer has another status than it must.
pub(super) fn run(
    address: SocketAddr,
    request: &Template,
    groups: &mut [Group<'_>],
    time: Duration,
) -> Result<Vec<Outcome>> {
    let count = groups.iter().map(|group| group.connections).sum();
    let mut connections = Connections::open(address, request, count)?;
    let started = Instant::now();
    let mut progress = Progress {
        end: started + time,
        sent: Vec::with_capacity(count),
        latencies: vec![Latencies::default(); groups.len()],
        waiting: 0,
    };
    for (index, group) in groups.iter_mut().enumerate() {
        for _ in 0..group.connections {
            let number = progress.sent.len();
            progress.sent.push((index, started));
            let client = connections.client(number);
            progress.send(number, group, started, client)?;
        }
    }
    while progress.waiting > 0 {
        connections.wait(PATIENCE, |number, status, client| {
            let now = Instant::now();
            let group = &mut groups[progress.sent[number].0];
            if status != group.status {
                let answer = String::from_utf8_lossy(client.answer());
                bail!("{status} and not {}: {answer}", group.status);
            }
            progress.answered(number, now);
            progress.send(number, group, now, client)
        })?;
    }
    let duration = started.elapsed();
    let outcomes = progress.latencies.into_iter();
    Ok(outcomes
        .map(|latencies| Outcome {
            duration,
            latencies,
        })
        .collect())
}

// === impl Progress ===

impl Progress {
    fn answered(&mut self, number: usize, now: Instant) {
        let (group, sent_at) = self.sent[number];
        self.latencies[group].add(now - sent_at);
        self.waiting -= 1;
    }

    fn send(
        &mut self,
        number: usize,
        group: &mut Group<'_>,
        now: Instant,
        client: &mut Client,
    ) -> Result<()> {
        if now >= self.end || !(group.next_key)(client.key()) {
            return Ok(());
        }
        client.send()?;
        self.sent[number].1 = now;
        self.waiting += 1;
        Ok(())
    }
}
