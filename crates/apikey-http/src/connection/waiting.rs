//! Which connection has waited longest for its client.

use super::member::Member;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Connections, ordered by the instant since which each waited when it was last
/// looked at.
///
/// A connection never waits since earlier than that, so the first one that still
/// waits since then has waited longest. One that does not is put where it belongs,
/// which its client paid for with a request. So finding the longest takes a few
/// steps, however many connections there are.
#[derive(Debug)]
pub(super) struct Waiting {
    /// The bit of this queue in [`Member::park`].
    bit: u8,
    order: BTreeSet<(u64, u64)>,
    members: HashMap<u64, (u64, Arc<Member>)>,
}

// === impl Waiting ===

impl Waiting {
    /// Creates a queue. `bit` differs between the queues of one connection.
    pub(super) fn new(bit: u8) -> Self {
        Self {
            bit,
            order: BTreeSet::new(),
            members: HashMap::new(),
        }
    }

    /// Adds a connection, unless it is here.
    pub(super) fn add(&mut self, id: u64, member: &Arc<Member>) {
        // Zero is before every instant.
        let since = member.waits_since().unwrap_or(0);
        if self.members.contains_key(&id) {
            return;
        }
        self.members.insert(id, (since, Arc::clone(member)));
        self.order.insert((since, id));
    }

    /// Removes a connection, if it is here.
    pub(super) fn remove(&mut self, id: u64) {
        if let Some((since, _)) = self.members.remove(&id) {
            self.order.remove(&(since, id));
        }
    }

    /// Returns the connection that has waited longest; `None` if all are at work.
    pub(super) fn longest(&mut self) -> Option<u64> {
        while let Some((since, id)) = self.order.pop_first() {
            let Some((last_seen, member)) = self.members.get_mut(&id) else {
                continue;
            };
            let now = match member.waits_since() {
                None => member.park(self.bit),
                now => now,
            };
            match now {
                Some(now) => {
                    *last_seen = now;
                    self.order.insert((now, id));
                    if now <= since {
                        return Some(id);
                    }
                }
                None => {
                    self.members.remove(&id);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(instants: &[u64]) -> (Waiting, Vec<Arc<Member>>) {
        let mut queue = Waiting::new(1);
        let members: Vec<_> = instants
            .iter()
            .map(|since| {
                let member = Member::at_work();
                assert!(!member.waits(*since), "no queue has it");
                Arc::new(member)
            })
            .collect();
        for (id, member) in (0..).zip(&members) {
            queue.add(id, member);
        }
        (queue, members)
    }

    #[test]
    fn the_one_that_waits_longest_now_is_found() {
        let (mut queue, members) = queue(&[10, 20, 30]);
        assert_eq!(queue.longest(), Some(0));
        assert!(!members[0].waits(40));
        assert_eq!(queue.longest(), Some(1));
        assert!(!members[1].waits(50));
        assert!(!members[2].waits(60));
        assert_eq!(queue.longest(), Some(0));
        queue.remove(0);
        assert_eq!(queue.longest(), Some(1));
    }

    #[test]
    fn one_at_work_is_left_alone_until_it_says_that_it_waits() {
        let (mut queue, members) = queue(&[10, 20]);
        members[0].is_at_work();
        assert_eq!(queue.longest(), Some(1));
        members[1].is_at_work();
        assert_eq!(queue.longest(), None);
        assert!(members[0].waits(30), "the queue must be told");
        members[0].unpark();
        queue.add(0, &members[0]);
        assert_eq!(queue.longest(), Some(0));
        assert!(!members[0].waits(40), "the queue knows it");
    }
}
