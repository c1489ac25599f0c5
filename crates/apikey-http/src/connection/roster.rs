//! Who is connected, and who makes room.

use super::{bounds::Bounds, member::Member, waiting::Waiting};
use std::{collections::HashMap, net::IpAddr, sync::Arc, time::Duration};
use tokio::time::Instant;

/// How often it is logged that a bound is reached.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// The bits of the two queues that a connection is in.
const IN_ALL: u8 = 1;
const IN_ADDRESS: u8 = 2;

/// The connections by number, and those that wait by what they are counted as.
#[derive(Debug)]
pub(super) struct Roster {
    last_id: u64,
    entries: HashMap<u64, Entry>,
    direct: Waiting,
    trusted: Waiting,
    addresses: HashMap<IpAddr, FromAddress>,
    last_logged_at: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    member: Arc<Member>,
    /// `None` for a trusted proxy.
    address: Option<IpAddr>,
}

#[derive(Debug)]
struct FromAddress {
    count: usize,
    waiting: Waiting,
}

/// What became of the attempt to make room for a connection.
#[derive(Default)]
pub(super) struct Room {
    /// Connections that are to be ended.
    pub(super) victims: Vec<Arc<Member>>,
    /// The setting of the bound that was reached.
    pub(super) bound: Option<&'static str>,
    pub(super) is_refused: bool,
}

// === impl Roster ===

impl Default for Roster {
    fn default() -> Self {
        Self {
            last_id: 0,
            entries: HashMap::new(),
            direct: Waiting::new(IN_ALL),
            trusted: Waiting::new(IN_ALL),
            addresses: HashMap::new(),
            last_logged_at: None,
        }
    }
}

impl Roster {
    /// Returns how many connections there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Takes out a connection for each bound that one more would exceed.
    pub(super) fn make_room(&mut self, bounds: &Bounds, address: Option<IpAddr>) -> Room {
        let mut room = Room::default();
        let from_there = address.and_then(|address| self.addresses.get_mut(&address));
        if let Some(from_there) = from_there
            && from_there.count >= bounds.per_address
        {
            room.bound = Some("max-connections-per-address");
            let victim = from_there.waiting.longest();
            self.end(victim, &mut room);
        }
        if !room.is_refused && self.entries.len() >= bounds.all {
            room.bound = Some("max-connections");
            let victim = self.direct.longest().or_else(|| self.trusted.longest());
            self.end(victim, &mut room);
        }
        room
    }

    fn end(&mut self, victim: Option<u64>, room: &mut Room) {
        match victim.and_then(|id| self.remove(id)) {
            Some(member) => room.victims.push(member),
            None => room.is_refused = true,
        }
    }

    /// Adds a connection and returns its number.
    pub(super) fn add(&mut self, address: Option<IpAddr>, member: &Arc<Member>) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        if let Some(address) = address {
            let from_there = self
                .addresses
                .entry(address)
                .or_insert_with(|| FromAddress {
                    count: 0,
                    waiting: Waiting::new(IN_ADDRESS),
                });
            from_there.count += 1;
        }
        let member = Arc::clone(member);
        self.entries.insert(id, Entry { member, address });
        self.queue(id);
        id
    }

    /// Adds a connection to its queues again, if it is still there.
    pub(super) fn queue(&mut self, id: u64) {
        let Some(Entry { member, address }) = self.entries.get(&id) else {
            return;
        };
        member.unpark();
        let Some(address) = address else {
            self.trusted.add(id, member);
            return;
        };
        self.direct.add(id, member);
        if let Some(from_there) = self.addresses.get_mut(address) {
            from_there.waiting.add(id, member);
        }
    }

    /// Removes a connection, if it is there.
    pub(super) fn remove(&mut self, id: u64) -> Option<Arc<Member>> {
        let Entry { member, address } = self.entries.remove(&id)?;
        let Some(address) = address else {
            self.trusted.remove(id);
            return Some(member);
        };
        self.direct.remove(id);
        if let Some(from_there) = self.addresses.get_mut(&address) {
            from_there.waiting.remove(id);
            from_there.count -= 1;
            if from_there.count == 0 {
                self.addresses.remove(&address);
            }
        }
        Some(member)
    }

    /// Returns whether a line was not logged for a while, and notes that it is.
    pub(super) fn is_to_be_logged(&mut self, now: Instant) -> bool {
        let is_recent = |at| now.saturating_duration_since(at) < LOG_INTERVAL;
        if self.last_logged_at.is_some_and(is_recent) {
            return false;
        }
        self.last_logged_at = Some(now);
        true
    }
}
