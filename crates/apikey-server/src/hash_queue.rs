//! Who may hash a password next.

mod turns;

use apikey_domain::{
    error::PortError,
    identity::sign_in::{Network, Party},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};
use turns::{Entry, Limits, Ticket, Turns};

/// How many passwords are hashed concurrently: each takes 19 MiB and a core.
const MAX_CONCURRENT_HASHES: usize = 2;
/// How long a request waits for a permit.
const PERMIT_TIMEOUT: Duration = Duration::from_secs(10);
/// How many requests of users who are known wait.
const KNOWN: Limits = Limits {
    party: 8,
    total: 64,
};
/// How many requests of others wait.
const STRANGERS: Limits = Limits {
    party: 128,
    total: 256,
};
/// How many permits in a row go to users who are known while others wait.
const KNOWN_IN_A_ROW: usize = 3;

/// The one queue of all passwords that are to be hashed, bounded in length and in time.
///
/// Users who are known go first, but every fourth permit goes to a stranger if one
/// waits. Within each of the two classes parties take turns: usernames among those who
/// are known, networks among strangers. So neither many attempts of one party nor many
/// sign-ins of strangers keep anyone else waiting for long.
pub(crate) struct HashQueue {
    state: Mutex<State>,
}

struct State {
    free: usize,
    known: Turns<u64, Waiter>,
    strangers: Turns<Network, Waiter>,
    known_in_a_row: usize,
}

type Waiter = oneshot::Sender<Permit>;

/// The right to hash a password. It is handed on when it is dropped.
pub(crate) struct Permit(Arc<HashQueue>);

/// The place of one who waits. It is left when it is dropped.
struct Place<'a> {
    queue: &'a HashQueue,
    party: Party,
    ticket: Ticket,
}

// === impl HashQueue ===

impl HashQueue {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                free: MAX_CONCURRENT_HASHES,
                known: Turns::new(KNOWN),
                strangers: Turns::new(STRANGERS),
                known_in_a_row: 0,
            }),
        })
    }

    /// Returns how many wait.
    pub(crate) fn len(&self) -> usize {
        let state = self.lock();
        state.known.len() + state.strangers.len()
    }

    /// Waits for a permit.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if there are too many others, or it takes too long.
    pub(crate) async fn enter(self: &Arc<Self>, party: Party) -> Result<Permit, PortError> {
        let full = || PortError::Unavailable("too many passwords to hash".into());
        let (sender, receiver) = oneshot::channel();
        let ticket = {
            let mut state = self.lock();
            // Those who wait are handed a permit as soon as there is one.
            if state.free > 0 {
                state.free -= 1;
                return Ok(Permit(Arc::clone(self)));
            }
            state.enter(party, sender).ok_or_else(full)?
        };
        let _place = Place {
            queue: self,
            party,
            ticket,
        };
        match timeout(PERMIT_TIMEOUT, receiver).await {
            Ok(Ok(permit)) => Ok(permit),
            // Someone of a smaller party took the place, or it took too long.
            Ok(Err(_)) | Err(_) => Err(full()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl State ===

impl State {
    /// Lets one wait, unless there are too many. Who gives way is told by the loss of
    /// their sender.
    fn enter(&mut self, party: Party, waiter: Waiter) -> Option<Ticket> {
        let entry = match party {
            Party::Known(name) => self.known.enter(name, waiter),
            Party::Stranger(network) => self.strangers.enter(network, waiter),
        };
        match entry {
            Entry::Waits(ticket) | Entry::Replaces(ticket, _) => Some(ticket),
            Entry::Full => None,
        }
    }

    fn leave(&mut self, party: Party, ticket: Ticket) -> Option<Waiter> {
        match party {
            Party::Known(name) => self.known.leave(name, ticket),
            Party::Stranger(network) => self.strangers.leave(network, ticket),
        }
    }

    /// Removes the one whose turn it is.
    fn next(&mut self) -> Option<Waiter> {
        let is_turn_of_strangers = self.known_in_a_row >= KNOWN_IN_A_ROW;
        if (is_turn_of_strangers || self.known.len() == 0)
            && let Some(stranger) = self.strangers.next()
        {
            self.known_in_a_row = 0;
            return Some(stranger);
        }
        self.known_in_a_row = if self.strangers.len() == 0 {
            0
        } else {
            self.known_in_a_row + 1
        };
        self.known.next()
    }
}

// === impl Permit ===

impl Drop for Permit {
    fn drop(&mut self) {
        let next = {
            let mut state = self.0.lock();
            let next = state.next();
            if next.is_none() {
                state.free += 1;
            }
            next
        };
        if let Some(next) = next {
            // If they left meanwhile, the permit comes back and is dropped here, which
            // hands it to the next.
            let _ = next.send(Permit(Arc::clone(&self.0)));
        }
    }
}

// === impl Place ===

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let left = self.queue.lock().leave(self.party, self.ticket);
        drop(left);
    }
}

#[cfg(test)]
mod tests;
