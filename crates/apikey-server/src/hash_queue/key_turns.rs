//! Keys that wait, by turns of networks and, within each, of users.

use super::turns::{Entry, Limits, Ticket, Turns};
use apikey_domain::{identifier::UserId, identity::sign_in::Network, port::slow_digests::KeyParty};
use std::collections::{HashMap, VecDeque};

/// Keys that wait. Networks take turns, so that nobody who presents many from one keeps
/// those from others waiting; within a network users take turns, for all that a gateway
/// presents may come from one.
pub(super) struct KeyTurns<W> {
    limits: Limits,
    /// Of each network that has any, those who wait. None of these is empty.
    networks: HashMap<Network, Turns<UserId, W>>,
    /// Each of these networks once, whose turn it is first.
    order: VecDeque<Network>,
    len: usize,
    /// A ticket that is as high as that of any network of which none waits.
    issued: Ticket,
}

// === impl KeyTurns ===

impl<W> KeyTurns<W> {
    /// The limit of a party is that of a user, in one network.
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            networks: HashMap::new(),
            order: VecDeque::new(),
            len: 0,
            issued: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Lets one wait, if there is room for their network and their user.
    pub(super) fn enter(&mut self, party: KeyParty, waiter: W) -> Entry<W> {
        let own = self.networks.get(&party.network);
        let (of_network, of_user) =
            own.map_or((0, 0), |turns| (turns.len(), turns.len_of(&party.user_id)));
        if of_user >= self.limits.party {
            return Entry::Full;
        }
        let mut replaced = None;
        if self.len >= self.limits.total {
            let given_way = self
                .take_of_network_larger_than(of_network + 1)
                .or_else(|| self.take_of_user_larger_than(party.network, of_user + 1));
            match given_way {
                Some(waiter) => replaced = Some(waiter),
                None => return Entry::Full,
            }
        }
        let limits = Limits {
            total: usize::MAX,
            ..self.limits
        };
        let issued = self.issued;
        let turns = self.networks.entry(party.network).or_insert_with(|| {
            self.order.push_back(party.network);
            Turns::after(limits, issued)
        });
        let entry = turns.enter(party.user_id, waiter);
        if let Entry::Full = entry {
            return entry;
        }
        self.len += 1;
        match (entry, replaced) {
            (Entry::Waits(ticket), Some(replaced)) => Entry::Replaces(ticket, replaced),
            (entry, _) => entry,
        }
    }

    /// Removes the one whose turn it is.
    pub(super) fn next(&mut self) -> Option<W> {
        let network = self.order.pop_front()?;
        self.order.push_back(network);
        let waiter = self.networks.get_mut(&network)?.next();
        self.gone(network, waiter)
    }

    /// Removes one who waits no longer. It may have been their turn already.
    pub(super) fn leave(&mut self, party: KeyParty, ticket: Ticket) -> Option<W> {
        let turns = self.networks.get_mut(&party.network)?;
        let waiter = turns.leave(party.user_id, ticket);
        self.gone(party.network, waiter)
    }

    /// Removes the newest of the largest user of the largest network, if that has more
    /// than this.
    fn take_of_network_larger_than(&mut self, size: usize) -> Option<W> {
        let sizes = self.networks.iter();
        let (network, turns) = sizes.max_by_key(|(_, turns)| turns.len())?;
        if turns.len() <= size {
            return None;
        }
        self.take_of_user_larger_than(*network, 0)
    }

    /// Removes the newest of the largest user of a network, if they have more than this.
    fn take_of_user_larger_than(&mut self, network: Network, size: usize) -> Option<W> {
        let waiter = self.networks.get_mut(&network)?;
        let waiter = waiter.take_of_one_larger_than(size);
        self.gone(network, waiter)
    }

    /// Counts one who was removed from a network, and forgets the network if nobody of it
    /// waits any more.
    fn gone(&mut self, network: Network, waiter: Option<W>) -> Option<W> {
        let waiter = waiter?;
        self.len -= 1;
        let turns = self.networks.get(&network)?;
        if turns.len() == 0 {
            self.issued = self.issued.max(turns.issued());
            self.networks.remove(&network);
            self.order.retain(|other| *other != network);
        }
        Some(waiter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    const LIMITS: Limits = Limits { party: 4, total: 8 };

    fn party(network: u32, user: i64) -> KeyParty {
        KeyParty {
            network: Network::of(Some(IpAddr::V4(network.into()))),
            user_id: UserId(user),
        }
    }

    /// Lets some wait, and returns who was replaced, or is refused.
    fn enter(turns: &mut KeyTurns<u32>, all: &[(KeyParty, u32)]) -> Vec<u32> {
        let mut out = Vec::new();
        for (party, waiter) in all {
            match turns.enter(*party, *waiter) {
                Entry::Waits(_) => {}
                Entry::Replaces(_, replaced) => out.push(replaced),
                Entry::Full => out.push(*waiter),
            }
        }
        out
    }

    fn rest(turns: &mut KeyTurns<u32>) -> Vec<u32> {
        let rest = std::iter::from_fn(|| turns.next()).collect();
        assert_eq!((turns.len(), turns.networks.len()), (0, 0));
        assert!(turns.order.is_empty());
        rest
    }

    #[test]
    fn networks_take_turns_and_within_each_users() {
        let mut turns = KeyTurns::new(LIMITS);
        let all = [
            (party(1, 1), 1),
            (party(1, 1), 2),
            (party(1, 2), 3),
            (party(1, 1), 4),
            (party(2, 1), 5),
            (party(2, 3), 6),
        ];
        assert!(enter(&mut turns, &all).is_empty());
        assert_eq!(rest(&mut turns), [1, 5, 3, 6, 2, 4]);
    }

    #[test]
    fn when_all_is_full_the_newest_of_the_largest_gives_way() {
        let mut turns = KeyTurns::new(LIMITS);
        let all: Vec<_> = (0..4).map(|waiter| (party(1, 1), waiter)).collect();
        assert!(enter(&mut turns, &all).is_empty());
        assert_eq!(
            enter(&mut turns, &[(party(1, 1), 99)]),
            [99],
            "a user has a limit"
        );
        let all: Vec<_> = (4..8).map(|waiter| (party(1, 2), waiter)).collect();
        assert!(enter(&mut turns, &all).is_empty());
        // A user of the same network, then one of another.
        let gone = enter(&mut turns, &[(party(1, 3), 8), (party(2, 1), 9)]);
        assert!(gone.iter().all(|gone| [3, 7].contains(gone)), "{gone:?}");
        assert_eq!((gone.len(), turns.len()), (2, LIMITS.total));
        // Nobody gives way to one as large.
        assert_eq!(
            enter(&mut turns, &[(party(1, 1), 10), (party(1, 2), 11)]),
            [10, 11]
        );
        assert!(turns.next().is_some() && turns.next() == Some(9));
        rest(&mut turns);
    }

    #[test]
    fn who_left_is_never_taken_for_another() {
        let mut turns = KeyTurns::new(LIMITS);
        let Entry::Waits(first) = turns.enter(party(1, 1), 1) else {
            panic!("full")
        };
        assert_eq!(turns.next(), Some(1));
        let Entry::Waits(second) = turns.enter(party(1, 1), 2) else {
            panic!("full")
        };
        assert_ne!(first, second);
        assert_eq!(turns.leave(party(1, 1), first), None);
        assert_eq!(turns.len(), 1);
        assert_eq!(turns.leave(party(1, 1), second), Some(2));
        assert_eq!(turns.leave(party(1, 1), second), None);
        assert!(rest(&mut turns).is_empty());
    }
}
