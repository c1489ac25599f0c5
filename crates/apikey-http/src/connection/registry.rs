//! All connections of a server.

use super::{bounds::Bounds, member::Member, waiting::Waiting};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::Instant;

/// How often it is logged that a bound is reached.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// The bits of the two queues that a connection is in.
const IN_ALL: u8 = 1;
const IN_ADDRESS: u8 = 2;

/// All connections of a server, shared by its workers.
///
/// When a bound is reached, the connection that has waited longest for its client
/// is ended: it is idle, its request does not arrive, or its answer is not taken.
/// For the bound of an address it is one from there. For the bound in all it is
/// one of a trusted proxy only if no other waits. If all are at work, the new one
/// is refused.
#[derive(Debug)]
pub struct Connections {
    bounds: Bounds,
    created_at: Instant,
    registry: Mutex<Registry>,
    evicted: AtomicU64,
    refused: AtomicU64,
    timed_out: AtomicU64,
}

#[derive(Debug)]
struct Registry {
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

/// A connection among the others. Dropping it takes the connection out.
#[derive(Debug)]
pub(super) struct Membership {
    connections: Arc<Connections>,
    id: u64,
    member: Arc<Member>,
}

// === impl Connections ===

impl Connections {
    /// Creates the registry of a server without connections.
    pub fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self {
            bounds,
            created_at: Instant::now(),
            registry: Mutex::new(Registry {
                last_id: 0,
                entries: HashMap::new(),
                direct: Waiting::new(IN_ALL),
                trusted: Waiting::new(IN_ALL),
                addresses: HashMap::new(),
                last_logged_at: None,
            }),
            evicted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            timed_out: AtomicU64::new(0),
        })
    }

    /// Returns the bounds.
    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Returns how many connections there are.
    pub fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Returns whether there is no connection.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many were ended for others at a bound.
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    /// Returns how many were refused at a bound.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Returns how many were ended because their client was too slow with a head
    /// or did not take an answer.
    pub fn timed_out(&self) -> u64 {
        self.timed_out.load(Ordering::Relaxed)
    }

    /// Counts a connection that was ended because its client was too slow.
    pub(super) fn count_timed_out(&self) {
        self.timed_out.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes a connection of a peer, and ends another one if there are too many;
    /// `None` if all are at work.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Membership> {
        let address = self.bounds.counted_as(peer);
        let now = Instant::now();
        let member = Arc::new(Member::waiting_since(self.instant(now)));
        let mut registry = self.lock();
        let victims = registry.make_room(&self.bounds, address);
        if let Some(bound) = victims.bound
            && registry.is_to_be_logged(now)
        {
            let connections = registry.entries.len();
            tracing::warn!(connections, bound, "too many connections");
        }
        let id = (!victims.is_refused).then(|| registry.add(address, &member));
        drop(registry);
        let evicted = victims.members.len() as u64;
        self.evicted.fetch_add(evicted, Ordering::Relaxed);
        for victim in victims.members {
            victim.end();
        }
        if id.is_none() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        Some(Membership {
            connections: Arc::clone(self),
            id: id?,
            member,
        })
    }

    fn instant(&self, instant: Instant) -> u64 {
        let since = instant.saturating_duration_since(self.created_at);
        // The largest number means that it is at work.
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX - 1)
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of the attempt to make room for a connection.
#[derive(Default)]
struct Room {
    /// Connections that are to be ended.
    members: Vec<Arc<Member>>,
    /// The setting of the bound that was reached.
    bound: Option<&'static str>,
    is_refused: bool,
}

// === impl Registry ===

impl Registry {
    /// Takes out a connection for each bound that one more would exceed.
    fn make_room(&mut self, bounds: &Bounds, address: Option<IpAddr>) -> Room {
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
            Some(member) => room.members.push(member),
            None => room.is_refused = true,
        }
    }

    fn add(&mut self, address: Option<IpAddr>, member: &Arc<Member>) -> u64 {
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
    fn queue(&mut self, id: u64) {
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

    fn remove(&mut self, id: u64) -> Option<Arc<Member>> {
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

    fn is_to_be_logged(&mut self, now: Instant) -> bool {
        let is_recent = |at| now.saturating_duration_since(at) < LOG_INTERVAL;
        if self.last_logged_at.is_some_and(is_recent) {
            return false;
        }
        self.last_logged_at = Some(now);
        true
    }
}

// === impl Membership ===

impl Membership {
    /// Notes since when the connection waits for its client.
    pub(super) fn waits(&self, since: Instant) {
        if self.member.waits(self.connections.instant(since)) {
            self.connections.lock().queue(self.id);
        }
    }

    /// Notes that the connection does not wait for its client.
    pub(super) fn is_at_work(&self) {
        self.member.is_at_work();
    }

    /// Waits until the connection is ended for another one.
    pub(super) fn poll_ended(&self, context: &mut Context<'_>) -> Poll<()> {
        self.member.poll_ended(context)
    }

    /// Counts that the client was too slow.
    pub(super) fn count_timed_out(&self) {
        self.connections.count_timed_out();
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.connections.lock().remove(self.id);
    }
}
