//! As many requests as are answered: each connection sends its next request
//! when its last one is answered.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use xtask_harness::latencies::Latencies;

use crate::load::client::Client;
use crate::load::connections::{Connections, POLL_INTERVAL};
use crate::load::template::Template;

/// Fills the slot of the next request; false when there are no more.
pub(crate) type FillSlot<'a> = &'a mut dyn FnMut(&mut [u8]) -> bool;

/// Connections that send the same kind of request.
pub(crate) struct Group<'a> {
    /// Where to.
    pub(crate) address: SocketAddr,
    /// How many connections there are.
    pub(crate) connections: usize,
    /// What they send.
    pub(crate) request: Template,
    /// What differs from one request to the next.
    pub(crate) fill_slot: FillSlot<'a>,
    /// The status that every answer must have.
    pub(crate) status: u16,
}

/// What came of a group's requests.
pub(crate) struct Outcome {
    /// How long it took until the last answer was there.
    pub(crate) duration: Duration,
    /// How long each request took.
    pub(crate) latencies: Latencies,
}

/// Sends requests for a time, or until there are no more, and waits for the
/// answers to all of them. Returns what came of each group.
pub(crate) fn run<const N: usize>(
    mut groups: [Group<'_>; N],
    time: Duration,
) -> Result<[Outcome; N]> {
    let mut connections = Connections::new()?;
    let mut group_of = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        for _ in 0..group.connections {
            connections.open(group.address, &group.request)?;
            group_of.push(index);
        }
    }
    let mut latencies = [const { None }; N].map(Option::unwrap_or_default);
    let mut in_flight = 0;
    let started = Instant::now();
    let mut sent_at = vec![started; group_of.len()];
    for (number, index) in group_of.iter().enumerate() {
        let is_sent = groups[*index].send_next(connections.client(number))?;
        in_flight += usize::from(is_sent);
    }
    while in_flight > 0 {
        connections.wait(POLL_INTERVAL, |number, client| {
            let group = &mut groups[group_of[number]];
            if !client.receive(group.status)? {
                return Ok(());
            }
            let now = Instant::now();
            Latencies::add(&mut latencies[group_of[number]], now - sent_at[number]);
            sent_at[number] = now;
            let is_sent = now < started + time && group.send_next(client)?;
            in_flight -= usize::from(!is_sent);
            Ok(())
        })?;
    }
    let duration = started.elapsed();
    Ok(latencies.map(|latencies| Outcome {
        duration,
        latencies,
    }))
}

// === impl Group ===

impl Group<'_> {
    fn send_next(&mut self, client: &mut Client) -> Result<bool> {
        let is_next = (self.fill_slot)(client.slot());
        if is_next {
            client.send()?;
        }
        Ok(is_next)
    }
}

// === impl Outcome ===

impl Outcome {
    /// Returns the requests answered a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.count() as f64 / self.duration.as_secs_f64()
    }
}
