//! Answers that rest on what was known before the store was lost.

use crate::support::{Answer, TestApi, get, post, with_key};
use actix_web::test::TestRequest;
use apikey_domain::{
    error::PortError,
    port::{
        directory::MockDirectory,
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
use std::sync::Arc;

struct Fixed(LeaseState);

impl Lease for Fixed {
    fn state(&self) -> LeaseState {
        self.0
    }
}

/// What was known of the store, and no store behind it.
struct Remembered(Arc<Memory>);

#[async_trait]
impl KeyFactsSource for Remembered {
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

/// A stage whose store is lost but for what is remembered of its keys.
async fn stage() -> (TestApi, String) {
    let mut stage = TestApi::new().await;
    let body = json!({"name": "ci", "scope": ["inference"], "allowed_model_names": ["qwen3"]});
    let (_, key) = stage.key(body).await;
    stage.api.keys.verify.key_facts = Arc::new(Remembered(stage.world.memory.clone()));
    stage.api.keys.verify.lease = Arc::new(Fixed(LeaseState::Stale));
    (stage, key)
}

fn wrong(key: &str) -> String {
    let mut wrong = key.to_owned();
    wrong.replace_range(wrong.len() - 1.., "x");
    wrong
}

fn is_stale(answer: &Answer) -> bool {
    let is_marked = answer.headers.contains_key("x-auth-stale");
    assert_eq!(answer.header("x-auth-stale") == "true", is_marked);
    is_marked
}

#[actix_web::test]
async fn gateways_are_told_that_an_answer_is_stale() {
    let (mut stage, key) = stage().await;
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
            "sk-nobody-brought-this".to_owned(),
            "/auth/verify",
            "",
            503,
            false,
        ),
    ];
    for (key, path, model, status, stale) in &table {
        let answer = stage.send(ask(key, path, model)).await;
        assert_eq!(
            (answer.status, is_stale(&answer)),
            (*status, *stale),
            "{path} {model}"
        );
    }
    stage.api.keys.verify.lease = Arc::new(Fixed(LeaseState::Held));
    let answer = stage.send(ask(&key, "/auth/verify", "")).await;
    assert_eq!((answer.status, is_stale(&answer)), (200, false));
    stage.api.keys.verify.lease = Arc::new(Fixed(LeaseState::Lapsed));
    let answer = stage.send(ask(&key, "/auth/verify", "")).await;
    assert_eq!((answer.status, is_stale(&answer)), (503, false));
}

#[actix_web::test]
async fn backends_are_told_that_an_answer_is_stale() {
    let (mut stage, key) = stage().await;
    let items = json!({"items": [{"key": key}, {"key": key, "model": "x"}]});
    let ask = || post("/v2/api-keys/verify", items.clone());
    let decisions = stage.bob(ask()).await.json();
    for (index, code) in ["Valid", "ModelDenied"].into_iter().enumerate() {
        assert_eq!(decisions["items"][index]["code"], code);
        assert_eq!(decisions["items"][index]["stale"], true);
    }
    stage.api.keys.verify.lease = Arc::new(Fixed(LeaseState::Held));
    let decisions = stage.bob(ask()).await.json();
    let first = decisions["items"][0].as_object().unwrap();
    assert!(!first.contains_key("stale"));
    let metrics = stage.root(get("/metrics")).await.body;
    assert!(
        metrics.contains("\napikey_stale_verifications_total 2\n"),
        "{metrics}"
    );
}

#[actix_web::test]
async fn a_node_that_answers_without_the_store_is_ready() {
    for (state, status, body) in [
        (LeaseState::Stale, 200, "\"stale\""),
        (LeaseState::Held, 503, ""),
        (LeaseState::Lapsed, 503, ""),
    ] {
        let mut stage = TestApi::new().await;
        stage.api.keys.verify.lease = Arc::new(Fixed(state));
        let ready = stage.send(get("/readyz")).await;
        assert_eq!(ready.body, "\"ok\"", "{state:?}");
        let mut directory = MockDirectory::new();
        let lost = || Err(PortError::Unavailable("lost".into()));
        directory.expect_has_users().returning(lost);
        stage.api.identity.directory = Arc::new(directory);
        let ready = stage.send(get("/readyz")).await;
        assert_eq!(ready.status, status, "{state:?}");
        assert!(body.is_empty() || ready.body == body);
    }
}

#[actix_web::test]
async fn a_node_that_is_about_to_stop_is_not_ready_however_stale() {
    let (stage, _) = stage().await;
    let is_draining = &stage.api.is_draining;
    is_draining.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(stage.send(get("/readyz")).await.status, 503);
}
