//! As many requests as are answered: each connection sends its next request
//! when its last one is answered.

use crate::load::{
    client::Client,
    connections::{Connections, POLL_INTERVAL},
    template::Template,
};
use anyhow::Result;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use xtask_harness::latencies::Latencies;

/// Fills the slot of the next request; false when there are no more.
pub(crate) type FillSlot<'a> = &'a mut dyn FnMut(&mut [u8]) -> bool;

/// Connections that send the same kind of request.
pub(crate) struct Group<'a> {
    /// Where to: the connections go round them.
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) connections: usize,
    pub(crate) request: Template,
    /// What differs from one request to the next.
    pub(crate) fill_slot: FillSlot<'a>,
    /// The status that every answer must have.
    pub(crate) status: u16,
}

/// What came of a group's requests.
pub(crate) struct Outcome {
    /// How long it took until the last answer of all groups was there.
    pub(crate) duration: Duration,
    pub(crate) latencies: Latencies,
}

/// Sends requests for a time, or until there are no more, and waits for the
/// answers to all of them. Returns what came of each group.
pub(crate) fn run(mut groups: Vec<Group<'_>>, time: Duration) -> Result<Vec<Outcome>> {
    let mut connections = Connections::new()?;
    let mut group_of = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        group.open(&mut connections)?;
        group_of.extend(vec![index; group.connections]);
    }
    let mut latencies = vec![Latencies::default(); groups.len()];
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
            latencies[group_of[number]].add(now - sent_at[number]);
            sent_at[number] = now;
            let is_sent = now < started + time && group.send_next(client)?;
            in_flight -= usize::from(!is_sent);
            Ok(())
        })?;
    }
    let duration = started.elapsed();
    let outcomes = latencies.into_iter().map(|latencies| Outcome {
        duration,
        latencies,
    });
    Ok(outcomes.collect())
}

// === impl Group ===

impl Group<'_> {
    /// Opens its connections.
    pub(super) fn open(&self, connections: &mut Connections) -> Result<()> {
        let mut addresses = self.addresses.iter().cycle().take(self.connections);
        addresses.try_for_each(|address| connections.open(*address, &self.request))
    }

    fn send_next(&mut self, client: &mut Client) -> Result<bool> {
        let is_next = (self.fill_slot)(client.request.slot());
        if is_next {
            client.send()?;
        }
        Ok(is_next)
    }
}
