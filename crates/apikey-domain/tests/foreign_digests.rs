//! Keys with the digest of another service: checked by it once, and by ours from then on.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "foreign_digests/nodes.rs"]
mod nodes;

use apikey_domain::{
    Error,
    access::policy::KeyReach,
    error::PortError,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        digest::StoredDigest,
        expiry::Expiry,
        token::AccessKey,
    },
    port::{
        api_key_repository::{ApiKeyRepository, MockApiKeyRepository},
        key_facts_source::KeyFactsSource,
        key_facts_store::KeyFactsStore,
    },
    testing::fixture,
    use_case::keys::{
        authenticate::with_key,
        verify::{Freshness, verify},
    },
    verification::{Reason, Wanted, facts::KeyFacts},
};
use apikey_testing::TestApp;
use futures_executor::block_on;
use futures_util::future::{join, join_all};
use nodes::{ACCESS_KEY, ARGON2ID, BCRYPT, Node, RIGHT, SALTED, WHOLE, WRONG, caching, node};
use std::sync::{Arc, atomic::Ordering};

const ANYWHERE: KeyReach = fixture::reach(None, None);

async fn imported(app: &TestApp, digest: &str) -> ApiKey {
    imported_as(app, digest, |_| ()).await
}

async fn imported_as(app: &TestApp, digest: &str, edit: impl FnOnce(&mut NewApiKey)) -> ApiKey {
    let alice = app.user("alice").await;
    let mut new = NewApiKey {
        user_id: alice.id,
        owner_principal_id: alice.principal_id,
        access_key: AccessKey::new(ACCESS_KEY),
        secret_digest: StoredDigest::parse(digest).unwrap(),
        ..fixture::new_api_key("imported", ACCESS_KEY)
    };
    edit(&mut new);
    app.memory.create(fixture::by_service(), new).await.unwrap()
}

/// Returns why a key is refused, if it is.
async fn refused(node: &Node, text: &str) -> Option<Reason> {
    let wanted = Wanted::whatever_scope();
    let decision = verify(&node.ports, text, wanted, Freshness::Current).await;
    decision.unwrap().err().map(|refused| refused.reason())
}

async fn facts(app: &TestApp) -> Arc<KeyFacts> {
    app.memory.read(ACCESS_KEY).await.unwrap().unwrap()
}

async fn is_ours(app: &TestApp) -> bool {
    facts(app).await.secret_digest.keyed().is_some()
}

#[test]
fn the_first_use_puts_our_digest_in_the_place_of_each_kind() {
    for digest in [SALTED, WHOLE, ARGON2ID, BCRYPT] {
        block_on(async {
            let app = TestApp::new();
            let key = imported(&app, digest).await;
            let node = node(&app);
            assert_eq!(
                refused(&node, WRONG).await,
                Some(Reason::Mismatch),
                "{digest}"
            );
            assert!(!is_ours(&app).await);
            assert_eq!(refused(&node, RIGHT).await, None, "{digest}");
            assert!(is_ours(&app).await);
            assert_eq!(refused(&node, RIGHT).await, None);
            assert_eq!(refused(&node, WRONG).await, Some(Reason::Mismatch));
            let mut stored = app.memory.find(key.id, &ANYWHERE).await.unwrap().unwrap();
            stored.last_used_at = None;
            assert_eq!(stored, key);
        });
    }
}

#[test]
fn no_secret_is_computed_twice() {
    block_on(async {
        let app = TestApp::new();
        imported(&app, ARGON2ID).await;
        let node = node(&app);
        for _ in 0..3 {
            assert_eq!(refused(&node, WRONG).await, Some(Reason::Mismatch));
        }
        assert_eq!(node.slow.asked(), 1);
        let wrong = WRONG.replace("0000", "1111");
        let at_once = join_all((0..8).map(|_| refused(&node, &wrong))).await;
        assert_eq!(at_once, [Some(Reason::Mismatch); 8]);
        assert_eq!(node.slow.asked(), 2);
        let at_once = join_all((0..8).map(|_| refused(&node, RIGHT))).await;
        assert_eq!(at_once, [None; 8]);
        assert_eq!(refused(&node, RIGHT).await, None);
        assert_eq!(node.slow.asked(), 3);
        assert!(is_ours(&app).await);
    });
}

#[test]
fn too_many_secrets_for_one_key_at_once_are_unavailable() {
    block_on(async {
        let app = TestApp::new();
        imported(&app, BCRYPT).await;
        let node = node(&app);
        let texts: Vec<_> = (0..8)
            .map(|digit| WRONG.replace("0000", &digit.to_string()))
            .collect();
        let wanted = Wanted::whatever_scope;
        let at_once = texts
            .iter()
            .map(|text| verify(&node.ports, text, wanted(), Freshness::Current));
        let decisions = join_all(at_once).await;
        let is_refused =
            |decision: &Result<_, Error>| matches!(decision, Err(Error::Unavailable(_)));
        assert_eq!(decisions.iter().filter(|one| is_refused(one)).count(), 4);
        assert_eq!(node.slow.asked(), 4);
        // Another time.
        for text in &texts {
            assert_eq!(refused(&node, text).await, Some(Reason::Mismatch));
        }
        assert_eq!(node.slow.asked(), 8);
    });
}

#[test]
fn a_node_that_has_it_cached_reads_what_another_node_renewed() {
    for digest in [SALTED, ARGON2ID] {
        block_on(async {
            let app = TestApp::new();
            imported(&app, digest).await;
            let (one, _) = caching(&app, Some(facts(&app).await), false);
            let (other, cache) = caching(&app, Some(facts(&app).await), false);
            assert_eq!(refused(&one, RIGHT).await, None);
            assert_eq!(refused(&other, RIGHT).await, None);
            assert_eq!(other.slow.asked(), 0, "one of both computes it");
            // From now on it is one like any other.
            let loads = cache.loads.load(Ordering::Relaxed);
            assert_eq!(refused(&other, RIGHT).await, None);
            assert_eq!(refused(&other, WRONG).await, Some(Reason::Mismatch));
            assert_eq!(cache.loads.load(Ordering::Relaxed), loads);
            assert!(
                cache
                    .cached(ACCESS_KEY)
                    .unwrap()
                    .secret_digest
                    .keyed()
                    .is_some()
            );
        });
    }
}

#[test]
fn the_answer_does_not_depend_on_whether_the_store_can_be_asked() {
    for digest in [SALTED, ARGON2ID] {
        block_on(async {
            let app = TestApp::new();
            imported(&app, digest).await;
            let (mut node, _) = caching(&app, Some(facts(&app).await), true);
            let mut unwritable = MockApiKeyRepository::new();
            // Once: then it is left alone for a while.
            unwritable
                .expect_renew_digest()
                .times(1)
                .returning(|_| Err(PortError::Unavailable("read-only".into())));
            node.ports = node.ports.with_first_uses(Arc::new(unwritable));
            for _ in 0..3 {
                assert_eq!(refused(&node, RIGHT).await, None);
                assert_eq!(refused(&node, WRONG).await, Some(Reason::Mismatch));
            }
            let expected = if digest == SALTED { 0 } else { 2 };
            assert_eq!(node.slow.asked(), expected);
            assert!(!is_ours(&app).await);
        });
    }
}

#[test]
fn who_has_the_right_secret_learns_why_it_is_refused_and_nobody_else_does() {
    block_on(async {
        for digest in [SALTED, ARGON2ID] {
            let app = TestApp::new();
            imported_as(&app, digest, |new| {
                new.expires_at = Expiry::at(new.created_at)
            })
            .await;
            let node = node(&app);
            assert_eq!(refused(&node, WRONG).await, Some(Reason::Mismatch));
            assert_eq!(refused(&node, RIGHT).await, Some(Reason::Expired));
            // It is not computed again for a key that has ended either.
            assert!(is_ours(&app).await);
        }
    });
}

#[test]
fn a_key_that_is_deleted_while_its_digest_is_computed_is_refused() {
    block_on(async {
        let app = TestApp::new();
        let key = imported(&app, ARGON2ID).await;
        let node = node(&app);
        let deletion = async {
            let by = fixture::by_service();
            app.memory.delete(by, key.id, ANYWHERE).await.unwrap()
        };
        let (refused, deleted) = join(refused(&node, RIGHT), deletion).await;
        assert!(deleted.is_some());
        assert_eq!(refused, Some(Reason::Unknown));
        assert_eq!(node.slow.asked(), 1);
    });
}

#[test]
fn signing_in_with_a_key_is_the_same_check() {
    for digest in [SALTED, WHOLE, ARGON2ID, BCRYPT] {
        block_on(async {
            let mut app = TestApp::new();
            let key = imported(&app, digest).await;
            let node = node(&app);
            app.keys.verify = node.ports.clone();
            for _ in 0..2 {
                let wrong = with_key(&app.keys, WRONG).await;
                assert!(matches!(wrong, Err(Error::Unauthenticated)));
            }
            assert!(!is_ours(&app).await);
            let caller = with_key(&app.keys, RIGHT).await.unwrap();
            assert_eq!(caller.key().map(|key| key.id), Some(key.id));
            assert!(is_ours(&app).await);
            let asked = node.slow.asked();
            assert!(with_key(&app.keys, RIGHT).await.is_ok());
            assert_eq!(node.slow.asked(), asked);
            // One that is disabled is refused also at its first use.
            let disabled = ApiKeyChanges {
                is_disabled: Some(true),
                ..ApiKeyChanges::default()
            };
            let by = fixture::by_service();
            app.memory
                .update(by, key.id, ANYWHERE, disabled)
                .await
                .unwrap();
            let refused = with_key(&app.keys, RIGHT).await;
            assert!(matches!(refused, Err(Error::Unauthenticated)));
        });
    }
}

#[test]
fn ports_that_compute_nothing_slow_say_so() {
    block_on(async {
        let mut app = TestApp::new();
        imported(&app, ARGON2ID).await;
        let any = Wanted::whatever_scope();
        let decision = verify(&app.keys.verify, RIGHT, any, Freshness::Current).await;
        assert!(matches!(decision, Err(Error::Unavailable(_))));
        let caller = with_key(&app.keys, RIGHT).await;
        assert!(matches!(caller, Err(Error::Unavailable(_))));
        app.keys.verify = node(&app).ports;
        assert!(with_key(&app.keys, RIGHT).await.is_ok());
    });
}
