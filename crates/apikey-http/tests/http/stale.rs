//! Responses based on data cached before the store was lost.

use crate::{
    readiness::failing,
    support::{TestApi, TestResponse, get, post, with_key},
};
use actix_web::test::TestRequest;
use apikey_domain::{
    error::PortError,
    port::{
        health::{Fault, Part},
        key_facts_source::KeyFactsSource,
        key_facts_store::KeyFactsStore,
        lease::{Lease, LeaseState},
    },
    verification::facts::KeyFacts,
};
use apikey_testing::Memory;
use async_trait::async_trait;
use futures_util::FutureExt;
use serde_json::json;
use std::{sync::Arc, time::Duration};

struct FixedLease(LeaseState);

impl Lease for FixedLease {
    fn state(&self) -> LeaseState {
        self.0
    }
}

/// A cache whose store is lost.
struct CacheWithoutStore(Arc<Memory>);

#[async_trait]
impl KeyFactsSource for CacheWithoutStore {
    fn cached(&self, access_key: &str) -> Option<Arc<KeyFacts>> {
        self.0.read(access_key).now_or_never()?.ok()?
    }

    async fn load(&self, _: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        Err(PortError::Unavailable("lost".into()))
    }

    async fn load_uncached(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.load(access_key).await
    }
}

/// Returns an app that has lost its store but has cached its keys, and a key.
async fn without_store() -> (TestApi, String) {
    let mut api = TestApi::new().await;
    let body = json!({"name": "ci", "scope": ["inference"], "allowed_model_names": ["qwen3"]});
    let (_, key) = api.key(body).await;
    api.state.keys.verify.key_facts = Arc::new(CacheWithoutStore(api.app.memory.clone()));
    api.state.keys.verify.lease = Arc::new(FixedLease(LeaseState::Stale));
    (api, key)
}

fn wrong(key: &str) -> String {
    let mut wrong = key.to_owned();
    wrong.replace_range(wrong.len() - 1.., "x");
    wrong
}

fn is_stale(response: &TestResponse) -> bool {
    let is_marked = response.headers.contains_key("x-auth-stale");
    assert_eq!(response.header("x-auth-stale") == "true", is_marked);
    is_marked
}

#[actix_web::test]
async fn a_stale_response_to_a_gateway_is_marked() {
    let (mut api, key) = without_store().await;
    let ask = |key: &str, path: &str, model: &'static str| -> TestRequest {
        with_key(key, get(path)).insert_header(("x-higress-llm-model", model))
    };
    let table = [
        (key.clone(), "/auth/verify", "qwen3", 200, true),
        (key.clone(), "/auth/verify", "deepseek", 403, true),
        (key.clone(), "/auth/verify?scope=management", "", 403, true),
        (key.clone(), "/token-auth", "qwen3", 200, true),
        (key.clone(), "/token-auth", "", 400, true),
        (wrong(&key), "/auth/verify", "", 503, false),
        (
            "sk-unknown-custom-key".to_owned(),
            "/auth/verify",
            "",
            503,
            false,
        ),
    ];
    for (key, path, model, status, stale) in &table {
        let response = api.send(ask(key, path, model)).await;
        assert_eq!(
            (response.status, is_stale(&response)),
            (*status, *stale),
            "{path} {model}"
        );
    }
    api.state.keys.verify.lease = Arc::new(FixedLease(LeaseState::Held));
    let response = api.send(ask(&key, "/auth/verify", "")).await;
    assert_eq!((response.status, is_stale(&response)), (200, false));
    api.state.keys.verify.lease = Arc::new(FixedLease(LeaseState::Lapsed));
    let response = api.send(ask(&key, "/auth/verify", "")).await;
    assert_eq!((response.status, is_stale(&response)), (503, false));
}

#[actix_web::test]
async fn a_stale_decision_for_a_backend_is_marked() {
    let (mut api, key) = without_store().await;
    let items = json!({"items": [{"key": key}, {"key": key, "model": "x"}]});
    let ask = || post("/v2/api-keys/verify", items.clone());
    let decisions = api.bob(ask()).await.json();
    for (index, code) in ["Valid", "ModelDenied"].into_iter().enumerate() {
        assert_eq!(decisions["items"][index]["code"], code);
        assert_eq!(decisions["items"][index]["stale"], true);
    }
    api.state.keys.verify.lease = Arc::new(FixedLease(LeaseState::Held));
    let decisions = api.bob(ask()).await.json();
    let first = decisions["items"][0].as_object().unwrap();
    assert!(!first.contains_key("stale"));
    let metrics = api.root(get("/metrics")).await.body;
    assert!(
        metrics.contains("\napikey_stale_verifications_total 2\n"),
        "{metrics}"
    );
}

#[actix_web::test]
async fn only_a_backend_gets_the_stores_own_decision() {
    let (mut api, key) = without_store().await;
    api.state.keys.verify.lease = Arc::new(FixedLease(LeaseState::Held));
    for (directive, status) in [
        ("max-age=60", 200),
        ("no-cache", 503),
        ("no-store", 503),
        ("max-age=60, No-Store", 503),
        ("max-age=0", 503),
    ] {
        let control = ("cache-control", directive);
        let ask = post("/v2/api-keys/verify", json!({"key": key})).insert_header(control);
        assert_eq!(api.bob(ask).await.status, status, "{directive}");
        // This is from the gateway's client, which must not load the store.
        for path in ["/auth/verify", "/token-auth"] {
            let ask = with_key(&key, get(path)).insert_header(control);
            let ask = ask.insert_header(("x-model", "qwen3"));
            assert_eq!(api.send(ask).await.status, 200, "{path} {directive}");
        }
    }
}

#[actix_web::test]
async fn a_node_that_serves_stale_data_is_ready() {
    for (state, status, body) in [
        (LeaseState::Stale, 200, "\"stale\""),
        (LeaseState::Held, 503, ""),
        (LeaseState::Lapsed, 503, ""),
    ] {
        let mut api = TestApi::new().await;
        api.state.keys.verify.lease = Arc::new(FixedLease(state));
        let ready = api.send(get("/readyz")).await;
        assert_eq!(ready.body, "\"ok\"", "{state:?}");
        api.state.readiness = failing(Part::Read, Fault::Failed);
        let ready = api.send(get("/readyz")).await;
        assert_eq!(ready.status, status, "{state:?}");
        assert!(body.is_empty() || ready.body == body);
    }
}

/// A lease that has been lapsed for a while.
struct LapsedFor(Duration);

impl Lease for LapsedFor {
    fn state(&self) -> LeaseState {
        LeaseState::Lapsed
    }

    fn lapsed_for(&self) -> Duration {
        self.0
    }
}

#[actix_web::test]
async fn a_node_that_has_lost_its_lease_for_5_s_is_not_ready() {
    let mut api = TestApi::new().await;
    for (seconds, status) in [(0, 200), (4, 200), (5, 503), (u64::MAX, 503)] {
        let lease = LapsedFor(Duration::from_secs(seconds));
        api.state.keys.verify.lease = Arc::new(lease);
        assert_eq!(api.send(get("/readyz")).await.status, status, "{seconds}");
    }
}

#[actix_web::test]
async fn a_node_that_is_shutting_down_is_not_ready() {
    let (api, _) = without_store().await;
    let is_draining = &api.state.is_draining;
    is_draining.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(api.send(get("/readyz")).await.status, 503);
}
