//! Keys that were all verified once, so that all are cached.

use apikey_cache::{Bounds, KeyFactsCache, Revisions};
use apikey_domain::{
    error::PortError,
    identifier::ApiKeyId,
    key::{
        digest::Peppers,
        token::{KeyPrefix, PresentedKey},
    },
    port::key_facts_store::KeyFactsStore,
    system::SystemClock,
    testing::fixture,
    use_case::{
        keys::verify::{Freshness, verify},
        ports::VerifyPorts,
    },
    verification::{Wanted, facts::KeyFacts},
};
use apikey_testing::TestApp;
use async_trait::async_trait;
use futures_executor::block_on;
use std::sync::Arc;

/// Some keys, and ports whose cache holds them.
pub(crate) struct KnownKeys {
    pub(crate) ports: VerifyPorts,
    pub(crate) texts: Vec<String>,
}

impl KnownKeys {
    pub(crate) fn new(count: u64) -> Self {
        let bounds = Bounds {
            bytes: 1 << 30,
            ..Bounds::default()
        };
        let revisions = Arc::new(Revisions::new());
        let cache = KeyFactsCache::new(Arc::new(EveryKey(fixture::peppers())), revisions, bounds);
        let mut ports = TestApp::new().keys.verify;
        ports.key_facts = Arc::new(cache);
        ports.clock = Arc::new(SystemClock);
        let texts: Vec<_> = (0..count).map(|number| text(&access_key(number))).collect();
        for text in &texts {
            let verified = verify(&ports, text, Wanted::whatever_scope(), Freshness::Current);
            assert!(block_on(verified).is_ok_and(|decision| decision.is_ok()));
        }
        Self { ports, texts }
    }
}

/// Spreads a number over the 16 digits of an access key.
fn access_key(number: u64) -> String {
    format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn text(access_key: &str) -> String {
    format!("gpustack_{access_key}_0123456789abcdef0123456789abcdef")
}

/// A store that has every key.
struct EveryKey(Peppers);

#[async_trait]
impl KeyFactsStore for EveryKey {
    async fn read(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let mut facts = fixture::key_facts(7, "a key of ours");
        let text = text(access_key);
        let key = PresentedKey::parse(&KeyPrefix::default(), &text);
        facts.secret_digest = self.0.digest(&key).into();
        facts.id = ApiKeyId(i64::from_str_radix(&access_key[1..], 16).unwrap_or_default());
        Ok(Some(Arc::new(facts)))
    }
}
