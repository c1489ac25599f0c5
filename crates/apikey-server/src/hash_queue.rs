//! Who may hash a password, or compute the slow digest of a key, next.

mod key_turns;
mod turns;

use apikey_domain::{
    error::PortError,
    identity::sign_in::{Network, Party},
    port::slow_digests::KeyParty,
};
use key_turns::KeyTurns;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};
use turns::{Entry, Limits, Ticket, Turns};

/// How many passwords are hashed concurrently: each takes 19 MiB and a core. One of these
/// may be the digest of a key instead, which takes up to 256 MiB.
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
/// How many keys with a slow digest wait, of one user and in all: what takes some seconds,
/// for as long as a gateway waits.
const KEYS: Limits = Limits {
    party: 16,
    total: 32,
};
/// How many permits in a row go to users who are known while others wait.
const KNOWN_IN_A_ROW: usize = 3;

/// The one queue of all passwords that are to be hashed, and all slow digests of keys that
/// are to be computed, bounded in length and in time.
///
/// One permit at a time is for a key, if one waits, and the others are for passwords: no
/// number of keys keeps those who sign in waiting, nor they the keys. Networks take turns,
/// and within each the users whose the keys are said to be.
///
/// Of the passwords, users who are known go first, but every fourth permit goes to a stranger if one
/// waits. Within each of the two classes parties take turns: usernames among those who
/// are known, networks among strangers. So neither many attempts of one party nor many
/// sign-ins of strangers keep anyone else waiting for long.
pub(crate) struct HashQueue {
    state: Mutex<State>,
}

struct State {
    free: usize,
    keys: KeyTurns<Waiter>,
    has_key: bool,
    known: Turns<u64, Waiter>,
    strangers: Turns<Network, Waiter>,
    known_in_a_row: usize,
}

type Waiter = oneshot::Sender<Permit>;

/// The right to hash a password or to compute a digest. It is handed on when it is dropped.
pub(crate) struct Permit {
    queue: Arc<HashQueue>,
    is_of_key: bool,
}

/// The place of one who waits. It is left when it is dropped.
struct Place<'a> {
    queue: &'a HashQueue,
    of: Waiting,
    ticket: Ticket,
}

/// For whom something waits.
#[derive(Clone, Copy)]
enum Waiting {
    Password(Party),
    Key(KeyParty),
}

// === impl HashQueue ===

impl HashQueue {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                free: MAX_CONCURRENT_HASHES,
                keys: KeyTurns::new(KEYS),
                has_key: false,
                known: Turns::new(KNOWN),
                strangers: Turns::new(STRANGERS),
                known_in_a_row: 0,
            }),
        })
    }

    /// Returns how many passwords wait.
    pub(crate) fn len(&self) -> usize {
        let state = self.lock();
        state.known.len() + state.strangers.len()
    }

    /// Returns how many keys wait.
    pub(crate) fn keys(&self) -> usize {
        self.lock().keys.len()
    }

    /// Waits for a permit to hash a password.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if there are too many others, or it takes too long.
    pub(crate) async fn enter(self: &Arc<Self>, party: Party) -> Result<Permit, PortError> {
        let full = "too many passwords to hash";
        self.wait(Waiting::Password(party), full).await
    }

    /// Waits for the permit to compute the digest of a key.
    ///
    /// # Errors
    ///
    /// As [`enter`](Self::enter).
    pub(crate) async fn enter_key(self: &Arc<Self>, party: KeyParty) -> Result<Permit, PortError> {
        let full = "too many digests of keys to compute";
        self.wait(Waiting::Key(party), full).await
    }

    async fn wait(self: &Arc<Self>, of: Waiting, full: &'static str) -> Result<Permit, PortError> {
        let full = || PortError::Unavailable(full.into());
        let (sender, receiver) = oneshot::channel();
        let ticket = {
            let mut state = self.lock();
            let is_of_key = matches!(of, Waiting::Key(_));
            // Those who wait are handed a permit as soon as there is one for them.
            if state.free > 0 && !(is_of_key && state.has_key) {
                state.free -= 1;
                state.has_key |= is_of_key;
                let queue = Arc::clone(self);
                return Ok(Permit { queue, is_of_key });
            }
            state.enter(of, sender).ok_or_else(full)?
        };
        let _place = Place {
            queue: self,
            of,
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
    fn enter(&mut self, of: Waiting, waiter: Waiter) -> Option<Ticket> {
        let entry = match of {
            Waiting::Key(party) => self.keys.enter(party, waiter),
            Waiting::Password(Party::Known(name)) => self.known.enter(name, waiter),
            Waiting::Password(Party::Stranger(network)) => self.strangers.enter(network, waiter),
        };
        match entry {
            Entry::Waits(ticket) | Entry::Replaces(ticket, _) => Some(ticket),
            Entry::Full => None,
        }
    }

    fn leave(&mut self, of: Waiting, ticket: Ticket) -> Option<Waiter> {
        match of {
            Waiting::Key(party) => self.keys.leave(party, ticket),
            Waiting::Password(Party::Known(name)) => self.known.leave(name, ticket),
            Waiting::Password(Party::Stranger(network)) => self.strangers.leave(network, ticket),
        }
    }

    /// Removes the one whose turn it is. Returns whether it is that of a key.
    fn next(&mut self) -> Option<(Waiter, bool)> {
        if !self.has_key
            && let Some(key) = self.keys.next()
        {
            self.has_key = true;
            return Some((key, true));
        }
        self.next_password().map(|password| (password, false))
    }

    fn next_password(&mut self) -> Option<Waiter> {
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
            let mut state = self.queue.lock();
            if self.is_of_key {
                state.has_key = false;
            }
            let next = state.next();
            if next.is_none() {
                state.free += 1;
            }
            next
        };
        if let Some((next, is_of_key)) = next {
            let queue = Arc::clone(&self.queue);
            // If they left meanwhile, the permit comes back and is dropped here, which
            // hands it to the next.
            let _ = next.send(Permit { queue, is_of_key });
        }
    }
}

// === impl Place ===

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let left = self.queue.lock().leave(self.of, self.ticket);
        drop(left);
    }
}

#[cfg(test)]
mod tests;
