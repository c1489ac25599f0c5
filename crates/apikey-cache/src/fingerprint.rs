//! What stands for a text in memory.

use std::hash::{BuildHasher, Hasher, RandomState};

/// 128 bits that stand for a text: short enough to keep millions, and under
/// keys of this process, so that nobody can look for two texts that share them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(u64, u64);

/// Makes fingerprints.
pub(crate) struct Fingerprints {
    first: RandomState,
    second: RandomState,
}

impl Fingerprints {
    pub(crate) fn new() -> Self {
        Self {
            first: RandomState::new(),
            second: RandomState::new(),
        }
    }

    /// The fingerprint of a text.
    pub(crate) fn of(&self, text: &str) -> Fingerprint {
        let half = |state: &RandomState| {
            let mut hasher = state.build_hasher();
            hasher.write(text.as_bytes());
            hasher.finish()
        };
        Fingerprint(half(&self.first), half(&self.second))
    }
}

impl Fingerprint {
    /// One of its halves, for tables that may confuse two texts.
    pub(crate) fn half(self) -> u64 {
        self.0
    }
}

/// Takes a fingerprint for its own hash.
#[derive(Clone, Default)]
pub(crate) struct IdentityHasher(u64);

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
