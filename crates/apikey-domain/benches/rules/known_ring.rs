//! A ring in memory with some keys.

use apikey_domain::key_ring::{KeyPrefix, KeyRing, Lifetime, MemoryStore, Peppers, SystemSecrets};
use futures_executor::block_on;

/// A ring with the clock of the system, and its keys in the clear.
pub(crate) struct KnownRing {
    pub(crate) ring: KeyRing<MemoryStore<u64>>,
    pub(crate) texts: Vec<String>,
}

impl KnownRing {
    pub(crate) fn new(count: u64) -> Self {
        let peppers = Peppers::generate(&SystemSecrets).expect("the system has randomness");
        let prefix = KeyPrefix::parse("acme").expect("letters only");
        let ring = KeyRing::new(MemoryStore::new(), prefix, peppers);
        let issue = |owner| {
            let scopes = ["reports:read", "invoices:read"];
            let key = block_on(ring.issue(owner, scopes, Lifetime::days(30)));
            let text = key.expect("a key in memory").expose().to_owned();
            assert!(block_on(ring.verify(&text)).is_ok());
            text
        };
        let texts = (0..count).map(issue).collect();
        Self { ring, texts }
    }
}
