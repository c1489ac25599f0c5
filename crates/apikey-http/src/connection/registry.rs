//! All connections of a server.

use super::{bounds::Bounds, member::Member, roster::Roster};
use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};
use tokio::time::Instant;

/// All connections of a server, shared by its workers.
///
/// When a bound is reached, the connection that has waited longest for its client
/// is ended: it is idle, its request does not arrive, or its answer is not taken.
/// A new one does not wait before what it has sent is read.
/// For the bound of an address it is one from there. For the bound in all it is
/// one of a trusted proxy only if no other waits. If all are at work, the new one
/// is refused.
#[derive(Debug)]
pub struct Connections {
    bounds: Bounds,
    created_at: Instant,
    roster: Mutex<Roster>,
    evicted: AtomicU64,
    refused: AtomicU64,
    timed_out: AtomicU64,
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
            roster: Mutex::new(Roster::default()),
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
        self.lock().len()
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
        let member = Arc::new(Member::at_work());
        let mut roster = self.lock();
        let room = roster.make_room(&self.bounds, address);
        let logged = room.bound.filter(|_| roster.is_to_be_logged(now));
        let id = (!room.is_refused).then(|| roster.add(address, &member));
        let count = roster.len();
        drop(roster);
        if let Some(bound) = logged {
            tracing::warn!(connections = count, bound, "too many connections");
        }
        let evicted = room.victims.len() as u64;
        self.evicted.fetch_add(evicted, Ordering::Relaxed);
        for victim in room.victims {
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

    fn lock(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn connections() -> Arc<Connections> {
        Connections::new(Bounds {
            all: 4,
            per_address: 2,
            trusted_proxies: "10.0.0.0/8".parse().unwrap(),
        })
    }

    /// Returns whether a connection has been ended.
    fn is_ended(membership: &Membership) -> bool {
        let mut context = Context::from_waker(std::task::Waker::noop());
        membership.poll_ended(&mut context).is_ready()
    }

    async fn admit(connections: &Arc<Connections>, peer: &str) -> Option<Membership> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let membership = connections.admit(peer.parse().unwrap());
        membership.inspect(|membership| membership.waits(Instant::now()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_does_not_wait_before_it_is_read() {
        let connections = connections();
        let first = connections.admit("192.0.2.1".parse().unwrap()).unwrap();
        let second = admit(&connections, "192.0.2.1").await.unwrap();
        let third = connections.admit("192.0.2.1".parse().unwrap()).unwrap();
        assert!(is_ended(&second) && !is_ended(&first));
        assert!(admit(&connections, "192.0.2.1").await.is_none());
        first.waits(Instant::now());
        let fourth = admit(&connections, "192.0.2.1").await;
        assert!(fourth.is_some() && is_ended(&first) && !is_ended(&third));
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_makes_room_for_itself() {
        let connections = connections();
        let other = admit(&connections, "192.0.2.1").await.unwrap();
        let first = admit(&connections, "2001:db8::1").await.unwrap();
        let second = admit(&connections, "2001:db8::2").await.unwrap();
        first.waits(Instant::now() + Duration::from_millis(500));
        let third = admit(&connections, "2001:db8::3").await.unwrap();
        assert!(is_ended(&second));
        for open in [&other, &first, &third] {
            assert!(!is_ended(open));
        }
        first.is_at_work();
        third.is_at_work();
        assert!(admit(&connections, "2001:db8::4").await.is_none());
        assert_eq!((connections.evicted(), connections.refused()), (1, 1));
        drop((other, first, second, third));
        assert!(connections.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_proxy_has_any_number_and_is_the_last_to_make_room() {
        let connections = connections();
        let mut proxies = Vec::new();
        for _ in 0..3 {
            proxies.push(admit(&connections, "10.0.0.1").await.unwrap());
        }
        let client = admit(&connections, "192.0.2.1").await.unwrap();
        client.is_at_work();
        proxies.push(admit(&connections, "10.0.0.1").await.unwrap());
        assert!(is_ended(&proxies[0]), "the client is at work");
        client.waits(Instant::now());
        let next = admit(&connections, "192.0.2.2").await.unwrap();
        assert!(is_ended(&client), "the client waits");
        assert!(!is_ended(&proxies[1]) && !is_ended(&next));
        assert_eq!(connections.len(), 4);
    }
}
