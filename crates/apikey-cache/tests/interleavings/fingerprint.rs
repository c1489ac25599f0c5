//! Fingerprints that are not random: loom repeats what happens.

use std::hash::{BuildHasher, Hasher};

/// The number that an access key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(u64);

pub(crate) struct Fingerprints;

impl Fingerprints {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn of(&self, text: &str) -> Fingerprint {
        Fingerprint(u64::from_str_radix(text, 16).expect("a number"))
    }
}

impl Fingerprint {
    pub(crate) fn half(self) -> u64 {
        self.0
    }
}

/// Uses a fingerprint as its own hash.
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
