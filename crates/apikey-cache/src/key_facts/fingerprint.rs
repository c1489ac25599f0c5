//! Fingerprints, which stand in for access keys in the cache.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A 128-bit hash of a text: short enough to keep millions, and keyed with random
/// keys of this process, so that no client can search for two texts that collide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(u64, u64);

/// Computes fingerprints.
pub(crate) struct Fingerprints {
    first: RandomState,
    second: RandomState,
}

// === impl Fingerprints ===

impl Fingerprints {
    pub(crate) fn new() -> Self {
        Self {
            first: RandomState::new(),
            second: RandomState::new(),
        }
    }

    /// Returns the fingerprint of a text.
    pub(crate) fn of(&self, text: &str) -> Fingerprint {
        let half = |state: &RandomState| {
            let mut hasher = state.build_hasher();
            hasher.write(text.as_bytes());
            hasher.finish()
        };
        Fingerprint(half(&self.first), half(&self.second))
    }
}

// === impl Fingerprint ===

impl Fingerprint {
    /// Returns one of its halves, for tables in which two texts may share a slot.
    pub(crate) fn half(self) -> u64 {
        self.0
    }
}

/// Uses a fingerprint as its own hash.
#[derive(Clone, Default)]
pub(crate) struct IdentityHasher(u64);

// === impl IdentityHasher ===

impl Hasher for IdentityHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, part: u64) {
        self.0 = self.0.rotate_left(32) ^ part;
    }
}

impl BuildHasher for IdentityHasher {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(0)
    }
}
