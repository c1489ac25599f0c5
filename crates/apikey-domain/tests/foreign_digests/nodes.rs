//! Nodes that share a store, and a key of another service in it.

use apikey_domain::{
    error::PortError,
    key::digest::{ForeignDigest, HashedText},
    port::{
        api_key_repository::ApiKeyRepository,
        key_facts_source::KeyFactsSource,
        key_facts_store::KeyFactsStore,
        slow_digests::{KeyParty, Remember, SlowDigests},
    },
    use_case::ports::VerifyPorts,
    verification::facts::KeyFacts,
};
use apikey_testing::{Memory, TestApp};
use async_trait::async_trait;
use futures_util::future::poll_fn;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
};

pub(crate) const ACCESS_KEY: &str = "36d83578b58f396c";
pub(crate) const RIGHT: &str = "gpustack_36d83578b58f396c_9a81fe5ba308c2dd09e1f0d864ca4116";
pub(crate) const WRONG: &str = "gpustack_36d83578b58f396c_00000000000000000000000000000000";
/// Of the key above: what GPUStack stored, `sha256sum` of all of it, and two that take long.
pub(crate) const SALTED: &str = "sha256$a665d3845152354af2a88b2542f8869b$\
                      460db70bd5a72868488d8a0c630711b1452bbfd3cbcda95d7ccde206c0121da3";
pub(crate) const WHOLE: &str =
    "sha256-whole$4c1663625d70ae01b8473f0398541ad0bcda01736bd48cd7968462c8264f046c";
pub(crate) const ARGON2ID: &str = "$argon2id$v=19$m=65536,t=3,p=4$LY7D7FT1vOnJH9M2BMY6Fw$\
                        Jm94YnFHX/5HiVMWNdVAgR+8PZzfNLRJWaxjtT+7kgk";
pub(crate) const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuvmCvlqyC2IqsiDAREX3h0m37/QhRdUO";

/// Knows what the right text is, and counts how often it is asked.
#[derive(Default)]
pub(crate) struct Counting {
    asked: AtomicUsize,
}

#[async_trait]
impl SlowDigests for Counting {
    async fn matches(
        &self,
        text: HashedText,
        digest: Arc<ForeignDigest>,
        _: KeyParty,
        remember: Remember,
    ) -> Result<bool, PortError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        // Others come meanwhile.
        let mut turns = 0;
        poll_fn(|context| {
            turns += 1;
            context.waker().wake_by_ref();
            if turns < 3 {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
        let secret = RIGHT.rsplit('_').next().unwrap();
        let right = if digest.to_text() == ARGON2ID {
            secret
        } else {
            RIGHT
        };
        let is_right = text.expose() == right;
        remember(is_right);
        Ok(is_right)
    }
}

impl Counting {
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// A node of a store, with its own memory of secrets and its own cache.
pub(crate) struct Node {
    pub(crate) slow: Arc<Counting>,
    pub(crate) ports: VerifyPorts,
}

/// Caches what it loads, and never forgets it: facts with a foreign digest stay right.
pub(crate) struct Caching {
    store: Arc<Memory>,
    cached: Mutex<Option<Arc<KeyFacts>>>,
    pub(crate) loads: AtomicUsize,
    is_down: bool,
}

#[async_trait]
impl KeyFactsSource for Caching {
    fn cached(&self, _: &str) -> Option<Arc<KeyFacts>> {
        self.cached.lock().unwrap().clone()
    }

    async fn load(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let facts = self.load_uncached(access_key).await?;
        self.cached.lock().unwrap().clone_from(&facts);
        Ok(facts)
    }

    async fn load_uncached(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        if self.is_down {
            return Err(PortError::Unavailable("the store is down".into()));
        }
        self.loads.fetch_add(1, Ordering::Relaxed);
        self.store.read(access_key).await
    }
}

fn node_of(app: &TestApp, ports: &VerifyPorts) -> Node {
    let slow = Arc::new(Counting::default());
    let api_keys: Arc<dyn ApiKeyRepository> = app.memory.clone();
    let ports = ports.clone().with_slow_digests(slow.clone());
    Node {
        ports: ports.with_first_uses(api_keys),
        slow,
    }
}

pub(crate) fn node(app: &TestApp) -> Node {
    node_of(app, &app.keys.verify)
}

/// A node whose cache has these facts; `is_down` if its store cannot be read.
pub(crate) fn caching(
    app: &TestApp,
    facts: Option<Arc<KeyFacts>>,
    is_down: bool,
) -> (Node, Arc<Caching>) {
    let source = Arc::new(Caching {
        store: app.memory.clone(),
        cached: Mutex::new(facts),
        loads: AtomicUsize::new(0),
        is_down,
    });
    let mut ports = app.keys.verify.clone();
    ports.key_facts = source.clone();
    (node_of(app, &ports), source)
}
