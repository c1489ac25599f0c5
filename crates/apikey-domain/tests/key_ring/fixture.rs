//! A ring whose clock is moved by hand.

use apikey_domain::{
    key_ring::{KeyPrefix, KeyRing, KeyStore, Peppers},
    testing::{FixedSecrets, ManualClock},
};
use std::sync::Arc;

pub(crate) const PEPPER: &str = "5f0b5f0b5f0b5f0b5f0b5f0b5f0b5f0b5f0b5f0b5f0b5f0b5f0b5f0b5f0b5f0b";

pub(crate) fn prefix() -> KeyPrefix {
    KeyPrefix::parse("acme").unwrap()
}

pub(crate) fn ring<S: KeyStore>(store: S, clock: Arc<ManualClock>) -> KeyRing<S> {
    let peppers = Peppers::from_hex(PEPPER).unwrap();
    let secrets = Arc::new(FixedSecrets::default());
    KeyRing::with_system(store, prefix(), peppers, secrets, clock)
}
