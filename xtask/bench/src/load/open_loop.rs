//! Requests at a fixed rate, whether the server keeps up or not.
//!
//! Each request has its time, and its latency counts from then: a server that
//! stands still for a moment is charged for all who would have come meanwhile,
//! which a closed loop never sends (coordinated omission).

use crate::load::{closed_loop::Group, connections::Connections};
use anyhow::Result;
use std::time::{Duration, Instant};
use xtask_harness::latencies::Latencies;

/// Sends a group's requests at a fixed rate for a time. It never sleeps, so that
/// no time passes between a request's time and its sending.
pub(crate) fn run(group: Group<'_>, per_second: u32, time: Duration) -> Result<Latencies> {
    let mut connections = Connections::new()?;
    group.open(&mut connections)?;
    let mut idle: Vec<usize> = (0..group.connections).collect();
    let mut latencies = Latencies::default();
    let count = (time.as_secs_f64() * f64::from(per_second)).round() as u32;
    let interval = Duration::from_secs(1) / per_second;
    let started = Instant::now();
    let mut due_at = vec![started; group.connections];
    let mut next = 0;
    while next < count || idle.len() < group.connections {
        let due = started + interval * next;
        if next < count
            && due <= Instant::now()
            && let Some(number) = idle.pop()
        {
            next += 1;
            due_at[number] = due;
            let client = connections.client(number);
            (group.fill_slot)(client.request.slot());
            client.send()?;
            continue;
        }
        connections.wait(Duration::ZERO, |number, client| {
            if client.receive(group.status)? {
                latencies.add(due_at[number].elapsed());
                idle.push(number);
            }
            Ok(())
        })?;
        // A database may have nowhere else to run.
        std::thread::yield_now();
    }
    Ok(latencies)
}
