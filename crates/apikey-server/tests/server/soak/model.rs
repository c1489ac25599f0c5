//! What every key must be answered with.

use std::sync::{Arc, Mutex, RwLock};

/// Every key there ever was.
#[derive(Default)]
pub(super) struct Model {
    keys: RwLock<Vec<Arc<Key>>>,
}

/// A key and every state it was in: the statuses its verification may have been
/// answered with, in their order.
pub(super) struct Key {
    pub(super) value: String,
    states: Mutex<Vec<State>>,
}

/// A status, and whether the change to the next one has been sent.
#[derive(Clone, Copy)]
struct State {
    status: u16,
    is_left: bool,
}

/// A place in the states of a key.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

// === impl Model ===

impl Model {
    pub(super) fn add(&self, value: String, status: u16) -> Arc<Key> {
        let state = State {
            status,
            is_left: false,
        };
        let key = Arc::new(Key {
            value,
            states: Mutex::new(vec![state]),
        });
        self.keys.write().unwrap().push(key.clone());
        key
    }

    /// One of the keys; mostly of the newest, so that few of them are gone.
    pub(super) fn pick(&self, random: u64) -> Option<Arc<Key>> {
        let keys = self.keys.read().unwrap();
        let count = keys.len() as u64;
        let recent = count.min(400);
        let index = count.checked_sub(1)? - random % recent;
        keys.get(index as usize).cloned()
    }
}

// === impl Key ===

impl Key {
    /// A change is about to be sent, after which the status is another.
    pub(super) fn leave(&self, status: u16) {
        let mut states = self.states.lock().unwrap();
        if let Some(last) = states.last_mut() {
            last.is_left = true;
        }
        states.push(State {
            status,
            is_left: false,
        });
    }

    /// The change was answered: from now on only the new status is right.
    pub(super) fn arrive(&self) {
        let mut states = self.states.lock().unwrap();
        let last = states[states.len() - 1];
        // A state that was left and one that was not: the change is over.
        states.push(last);
    }

    /// A verification is about to be sent.
    pub(super) fn mark(&self) -> Mark {
        let states = self.states.lock().unwrap();
        let last = states.len() - 1;
        // While a change is under way, the state before it may still be seen.
        let is_under_way = last > 0 && states[last - 1].is_left;
        Mark(last - usize::from(is_under_way))
    }

    /// Whether an answer that came since the mark is right.
    pub(super) fn admits(&self, mark: Mark, status: u16) -> bool {
        let states = self.states.lock().unwrap();
        states[mark.0..].iter().any(|state| state.status == status)
    }

    /// The states, for a message.
    pub(super) fn shown(&self, mark: Mark) -> String {
        let states = self.states.lock().unwrap();
        let statuses: Vec<_> = states.iter().map(|state| state.status).collect();
        format!("{statuses:?} from {}", mark.0)
    }
}

#[test]
fn only_what_was_so_meanwhile_is_right() {
    let key = Model::default().add("k".to_owned(), 200);
    let before = key.mark();
    assert!(key.admits(before, 200) && !key.admits(before, 401));
    key.leave(401);
    let during = key.mark();
    assert!(key.admits(before, 401) && key.admits(during, 200) && key.admits(during, 401));
    key.arrive();
    let after = key.mark();
    assert!(!key.admits(after, 200) && key.admits(after, 401));
    assert!(key.admits(before, 200) && key.admits(during, 200));
    key.leave(200);
    assert!(key.admits(after, 200) && key.admits(key.mark(), 401));
}
