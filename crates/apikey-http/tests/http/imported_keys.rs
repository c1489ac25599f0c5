//! Keys with the digest of another service.

use crate::support::{TestApi, TestResponse, get, post, with_key};
use actix_web::test::TestRequest;
use apikey_domain::{
    error::PortError,
    key::{
        digest::{ForeignDigest, HashedText, StoredDigest},
        token::AccessKey,
    },
    port::{
        api_key_repository::ApiKeyRepository,
        key_facts_store::KeyFactsStore,
        slow_digests::{KeyParty, Remember, SlowDigests},
    },
    testing::fixture,
};
use async_trait::async_trait;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

const ACCESS_KEY: &str = "36d83578b58f396c";
const RIGHT: &str = "gpustack_36d83578b58f396c_9a81fe5ba308c2dd09e1f0d864ca4116";
const WRONG: &str = "gpustack_36d83578b58f396c_00000000000000000000000000000000";
const SALTED: &str = "sha256$a665d3845152354af2a88b2542f8869b$\
                      460db70bd5a72868488d8a0c630711b1452bbfd3cbcda95d7ccde206c0121da3";
const ARGON2ID: &str = "$argon2id$v=19$m=65536,t=3,p=4$LY7D7FT1vOnJH9M2BMY6Fw$\
                        Jm94YnFHX/5HiVMWNdVAgR+8PZzfNLRJWaxjtT+7kgk";

/// Computes the digest of the right key, unless it has too much to do.
#[derive(Default)]
struct Hasher {
    is_busy: AtomicBool,
}

#[async_trait]
impl SlowDigests for Hasher {
    async fn matches(
        &self,
        text: HashedText,
        _: Arc<ForeignDigest>,
        _: KeyParty,
        remember: Remember,
    ) -> Result<bool, PortError> {
        if self.is_busy.load(Ordering::Relaxed) {
            return Err(PortError::Unavailable(
                "too many digests of keys to compute".into(),
            ));
        }
        let is_right = RIGHT.ends_with(text.expose());
        remember(is_right);
        Ok(is_right)
    }
}

async fn api_with(digest: &str) -> (TestApi, Arc<Hasher>) {
    let (mut api, hasher) = (TestApi::new().await, Arc::new(Hasher::default()));
    let verify = api
        .app
        .keys
        .verify
        .clone()
        .with_slow_digests(hasher.clone());
    api.state.keys.verify = verify.with_first_uses(api.app.memory.clone());
    let mut new = fixture::new_api_key("imported", ACCESS_KEY);
    new.access_key = AccessKey::new(ACCESS_KEY);
    new.secret_digest = StoredDigest::parse(digest).unwrap();
    new.user_id = api.alice.id;
    new.owner_principal_id = api.alice.principal_id;
    let created = api.app.memory.create(fixture::by_service(), new).await;
    created.unwrap();
    (api, hasher)
}

fn verified(key: &str) -> TestRequest {
    post("/v2/api-keys/verify", json!({"key": key}))
}

/// Sends a key wherever one is taken.
async fn everywhere(api: &TestApi, key: &str) -> Vec<TestResponse> {
    let gateway = api.send(with_key(key, get("/auth/verify"))).await;
    let token_auth = api.send(with_key(key, get("/token-auth"))).await;
    let own = api.send(with_key(key, get("/v2/users/me"))).await;
    vec![gateway, token_auth, own]
}

async fn is_ours(api: &TestApi) -> bool {
    let facts = api.app.memory.read(ACCESS_KEY).await.unwrap().unwrap();
    facts.secret_digest.keyed().is_some()
}

#[actix_web::test]
async fn beyond_the_queue_it_is_503_with_retry_after() {
    let (api, hasher) = api_with(ARGON2ID).await;
    hasher.is_busy.store(true, Ordering::Relaxed);
    let batch = json!({"items": [{"key": RIGHT}, {"key": "gpustack_none_here"}]});
    for key in [RIGHT, WRONG] {
        let mut responses = everywhere(&api, key).await;
        responses.push(api.bob(verified(key)).await);
        responses.push(api.bob(post("/v2/api-keys/verify", batch.clone())).await);
        for response in responses {
            assert_eq!(response.status, 503, "{}", response.body);
            assert_eq!(response.header("retry-after"), "1");
            assert_eq!(response.json()["reason"], "ServiceUnavailable");
        }
    }
    assert!(!is_ours(&api).await);
    // A busy moment is remembered of no key.
    hasher.is_busy.store(false, Ordering::Relaxed);
    for response in everywhere(&api, RIGHT).await {
        assert_eq!(response.status, 200, "{}", response.body);
    }
}

#[actix_web::test]
async fn it_is_answered_like_any_other_key() {
    for digest in [SALTED, ARGON2ID] {
        let (api, _) = api_with(digest).await;
        let unknown = WRONG.replace(ACCESS_KEY, "0000000000000000");
        for _ in 0..2 {
            let wrong = everywhere(&api, WRONG).await;
            for (wrong, unknown) in wrong.iter().zip(everywhere(&api, &unknown).await) {
                assert_eq!((wrong.status, &wrong.body), (401, &unknown.body));
            }
        }
        assert!(!is_ours(&api).await);
        let decision = api.bob(verified(RIGHT)).await;
        assert_eq!(
            (decision.status, &decision.json()["code"]),
            (200, &json!("Valid"))
        );
        assert!(is_ours(&api).await);
        for response in everywhere(&api, RIGHT).await {
            assert_eq!(response.status, 200, "{}", response.body);
        }
    }
}
