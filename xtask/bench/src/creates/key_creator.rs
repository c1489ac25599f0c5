//! A load that creates keys, each with a name of its own.

use std::cell::Cell;
use std::time::Duration;

use anyhow::Result;
use xtask_harness::server::Server;

use crate::keys::stored;
use crate::load::closed_loop::{self, Group, Outcome};
use crate::load::template::Template;

/// How many connections there are, on all servers together.
pub(crate) const CONNECTIONS: usize = 64;

/// How many groups they form, which go round the servers.
const GROUPS: usize = 3;

/// A load that creates keys for the first user of a dataset of one key.
pub(crate) struct KeyCreator {
    /// The number of the next key.
    next: Cell<u64>,
}

// === impl KeyCreator ===

impl KeyCreator {
    /// Returns a load that begins after the key that is there.
    pub(crate) fn new() -> Self {
        Self { next: Cell::new(1) }
    }

    /// Creates keys for a time, on servers that share the connections.
    pub(crate) fn run(&self, servers: &[Server], time: Duration) -> Result<[Outcome; 1]> {
        let mut fill_slots = [|slot: &mut [u8]| {
            let number = self.next.replace(self.next.get() + 1);
            slot.copy_from_slice(format!("{number:09}").as_bytes());
            true
        }; GROUPS];
        let mut index = 0;
        let groups = fill_slots.each_mut().map(|fill_slot| {
            index += 1;
            Group {
                address: servers[index % servers.len()].address(),
                connections: (CONNECTIONS + index - 1) / GROUPS,
                request: Template::create_key(&stored(0)),
                fill_slot,
                status: 200,
            }
        });
        let [mut all, second, third] = closed_loop::run(groups, time)?;
        all.latencies.append(&second.latencies);
        all.latencies.append(&third.latencies);
        Ok([all])
    }
}
