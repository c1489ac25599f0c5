//! What came of attempts.

use super::ids::Code;
use parking_lot::Mutex;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// Which attempts were right and which wrong. The newest are kept, of which there are no
/// more than were computed: whoever guesses pushes nothing out faster than that.
#[derive(Clone, Default)]
pub(super) struct Outcomes(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    of: HashMap<Code, bool>,
    oldest_first: VecDeque<Code>,
}

// === impl Outcomes ===

impl Outcomes {
    /// How many are kept; each takes about 80 bytes.
    pub(super) const CAPACITY: usize = 32_768;

    pub(super) fn get(&self, code: &Code) -> Option<bool> {
        self.0.lock().of.get(code).copied()
    }

    pub(super) fn insert(&self, code: Code, is_right: bool) {
        let mut kept = self.0.lock();
        if kept.of.insert(code, is_right).is_some() {
            return;
        }
        kept.oldest_first.push_back(code);
        if kept.oldest_first.len() > Self::CAPACITY
            && let Some(oldest) = kept.oldest_first.pop_front()
        {
            kept.of.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(number: usize) -> Code {
        let mut code = [0; 32];
        code[..8].copy_from_slice(&number.to_be_bytes());
        code
    }

    #[test]
    fn the_newest_are_kept() {
        let outcomes = Outcomes::default();
        for number in 0..=Outcomes::CAPACITY {
            outcomes.insert(code(number), number % 2 == 0);
            outcomes.insert(code(number), number % 2 == 0);
        }
        assert_eq!(outcomes.get(&code(0)), None);
        assert_eq!(outcomes.get(&code(1)), Some(false));
        assert_eq!(outcomes.get(&code(Outcomes::CAPACITY)), Some(true));
        let kept = outcomes.0.lock();
        let sizes = (kept.of.len(), kept.oldest_first.len());
        assert_eq!(sizes, (Outcomes::CAPACITY, Outcomes::CAPACITY));
    }
}
