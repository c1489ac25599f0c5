//! Names that would be taken or free by now.

use std::collections::BTreeSet;

/// Names that were taken since, and names that were left to others.
#[derive(Default)]
pub(super) struct Taken<T> {
    taken: BTreeSet<T>,
    freed: BTreeSet<T>,
}

// === impl Taken ===

impl<T: Ord> Taken<T> {
    /// Returns whether somebody has the name by now, who may have had it before.
    pub(super) fn has(&self, name: &T, was_taken: bool) -> bool {
        self.taken.contains(name) || (was_taken && !self.freed.contains(name))
    }

    pub(super) fn take(&mut self, name: T) {
        self.taken.insert(name);
    }

    /// Leaves a name to others.
    pub(super) fn free(&mut self, name: T) {
        if !self.taken.remove(&name) {
            self.freed.insert(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_whoever_took_it_last() {
        let mut taken = Taken::default();
        assert!(taken.has(&"a", true) && !taken.has(&"a", false));
        taken.free("a");
        assert!(!taken.has(&"a", true));
        taken.take("a");
        assert!(taken.has(&"a", true));
        taken.free("a");
        assert!(!taken.has(&"a", true));
        taken.take("b");
        taken.free("b");
        assert!(!taken.has(&"b", false));
    }
}
