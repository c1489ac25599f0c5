//! Fixtures, and test doubles of the clock, randomness and password hashing.
//! In-memory stores and the conformance suite are in `apikey-testing`.

pub mod fixture;

use crate::{
    error::PortError,
    identity::{
        password::{PasswordHash, PlainPassword, PreparedPassword},
        sign_in::Party,
    },
    port::{clock::Clock, password_hasher::PasswordHasher, secret_source::SecretSource},
    timestamp::Timestamp,
};
use async_trait::async_trait;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

/// A clock that is advanced by hand.
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Creates a clock that shows [`fixture::instant`].
    pub fn new() -> Self {
        Self(AtomicI64::new(fixture::instant().microseconds()))
    }

    /// Moves the clock by this many seconds, in either direction.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microseconds(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}

/// A deterministic source: the same bytes in the same order in every run, but no
/// two fills alike.
#[derive(Default)]
pub struct FixedSecrets(AtomicU64);

impl SecretSource for FixedSecrets {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            // Spreads small numbers over all eight bytes.
            let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            chunk.copy_from_slice(&spread[..chunk.len()]);
        }
        Ok(())
    }
}

/// A fast hasher that keeps the password readable and counts verifications.
#[derive(Default)]
pub struct QuickHasher {
    verifications: Mutex<u64>,
}

impl QuickHasher {
    /// Returns how often a password was verified.
    pub fn verifications(&self) -> u64 {
        *self
            .verifications
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl PasswordHasher for QuickHasher {
    async fn hash(&self, password: PreparedPassword, _: Party) -> Result<PasswordHash, PortError> {
        Ok(readable(password.as_plain()))
    }

    async fn verify(
        &self,
        password: PlainPassword,
        hash: Option<PasswordHash>,
        _: Party,
    ) -> Result<bool, PortError> {
        *self
            .verifications
            .lock()
            .unwrap_or_else(PoisonError::into_inner) += 1;
        Ok(hash == Some(readable(&password)))
    }
}

fn readable(password: &PlainPassword) -> PasswordHash {
    PasswordHash::new(format!("plain:{}", password.expose()))
}
