//! A key loses one of its secrets, or is disabled, while its secrets are looked up.

use super::{
    cache::{Bounds, KeyFactsCache},
    revisions::Revisions,
};
use apikey_domain::{
    change::{Change, KeyEvent, invalidator::CacheInvalidator},
    error::PortError,
    key::{
        api_key::{ApiKey, StoredCredential},
        changes::ApiKeyChanges,
        credential::{Activation, CredentialNumber, GracePeriod, NewCredential},
        rotation::Step,
    },
    port::{key_facts_source::KeyFactsSource, key_facts_store::KeyFactsStore},
    testing::fixture,
    verification::facts::KeyFacts,
};
use async_trait::async_trait;
use loom::{
    future::block_on,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use std::sync::Arc;

/// Access keys of which each has a stripe of its own.
const OLD: &str = "0000000000000007";
const NEW: &str = "0000000000000008";
const STRIPES: usize = 2;

/// A store of a key, as it is before a change and after it.
struct ChangedStore {
    before: ApiKey,
    after: ApiKey,
    is_changed: AtomicBool,
}

#[async_trait]
impl KeyFactsStore for ChangedStore {
    async fn read(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let key = match self.is_changed.load(Ordering::SeqCst) {
            true => &self.after,
            false => &self.before,
        };
        let credentials = key.credentials();
        let mut found = credentials.iter();
        let found = found.find(|one| one.access_key.as_str() == access_key);
        Ok(found.map(|credential| {
            let stored = StoredCredential {
                api_key: key.clone(),
                number: credential.number,
                ..fixture::stored_credential(7, "ci")
            };
            let owner = Arc::clone(&fixture::key_facts(7, "ci").owner);
            Arc::new(KeyFacts::new(stored, owner))
        }))
    }
}

/// Returns a key after changes.
fn changed(key: &ApiKey, changes: &ApiKeyChanges) -> ApiKey {
    let reach = fixture::reach(None, None);
    let after = reach.changed(key, changes, fixture::instant());
    after.unwrap().unwrap()
}

fn stepped(key: &ApiKey, step: Step) -> ApiKey {
    let changes = ApiKeyChanges {
        step: Some(step),
        ..ApiKeyChanges::default()
    };
    changed(key, &changes)
}

/// Returns a step that makes the new secret.
fn rotation(activation: Activation, seconds: i64) -> Step {
    Step::Rotate(NewCredential {
        activation,
        grace: GracePeriod::parse(seconds).unwrap(),
        ..fixture::new_credential(NEW)
    })
}

/// Returns whether a key may be used with a secret, by its facts.
fn is_usable(facts: Option<Arc<KeyFacts>>) -> bool {
    facts.is_some_and(|facts| {
        let is_credential_usable = facts.credential().state.is_usable(fixture::instant());
        is_credential_usable && !facts.withdrawal().is_in_force()
    })
}

/// Looks both secrets up while a key changes, and checks that what the change made of them
/// is seen once it is answered.
fn check_lookups_during(before: &ApiKey, after: &ApiKey, [is_old, is_new]: [bool; 2]) {
    let (before, after) = (before.clone(), after.clone());
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let store = Arc::new(ChangedStore {
            before: before.clone(),
            after: after.clone(),
            is_changed: AtomicBool::new(false),
        });
        let revisions = Arc::new(Revisions::with_stripes(STRIPES, 1));
        let bounds = Bounds {
            bytes: 1_000_000,
            absent: 16,
        };
        let cache = KeyFactsCache::new(store.clone(), revisions.clone(), bounds);
        let is_answered = Arc::new(AtomicBool::new(false));
        let look_up = {
            let is_answered = is_answered.clone();
            move || {
                for (access_key, is_expected) in [(OLD, is_old), (NEW, is_new)] {
                    let was_answered = is_answered.load(Ordering::SeqCst);
                    let cached = cache.cached(access_key);
                    let facts = cached.or_else(|| block_on(cache.load(access_key)).unwrap());
                    let is_right = is_usable(facts) == is_expected;
                    assert!(!was_answered || is_right, "{access_key} is stale");
                }
            }
        };
        // Both are known, or known to be absent.
        look_up();
        let other = thread::spawn(look_up.clone());
        store.is_changed.store(true, Ordering::SeqCst);
        revisions.invalidate(&Change::Key(KeyEvent::Updated {
            before: before.clone(),
            after: after.clone(),
        }));
        is_answered.store(true, Ordering::SeqCst);
        other.join().unwrap();
        look_up();
    });
}

#[test]
fn the_old_secret_of_a_key_that_was_rotated_is_never_accepted_again() {
    let key = fixture::api_key(7, "ci");
    let rotated = stepped(&key, rotation(Activation::Now, 0));
    check_lookups_during(&key, &rotated, [false, true]);
}

#[test]
fn an_old_secret_that_was_ended_within_its_grace_period_is_never_accepted_again() {
    let key = fixture::api_key(7, "ci");
    let retiring = stepped(&key, rotation(Activation::Now, 60));
    let ended = stepped(&retiring, Step::End(CredentialNumber::FIRST));
    check_lookups_during(&retiring, &ended, [false, true]);
}

#[test]
fn a_new_secret_that_was_ended_before_its_first_use_is_never_accepted() {
    let key = fixture::api_key(7, "ci");
    let waiting = stepped(&key, rotation(Activation::FirstUse, 0));
    let ended = stepped(&waiting, Step::End(CredentialNumber(2)));
    check_lookups_during(&waiting, &ended, [true, false]);
}

#[test]
fn the_old_secret_is_never_accepted_again_after_the_first_use_of_the_new_one() {
    let key = fixture::api_key(7, "ci");
    let waiting = stepped(&key, rotation(Activation::FirstUse, 0));
    let used = stepped(&waiting, Step::Activate(CredentialNumber(2)));
    check_lookups_during(&waiting, &used, [false, true]);
}

#[test]
fn a_key_that_was_disabled_is_refused_with_each_secret() {
    let key = fixture::api_key(7, "ci");
    let retiring = stepped(&key, rotation(Activation::Now, 60));
    let changes = ApiKeyChanges {
        is_disabled: Some(true),
        ..ApiKeyChanges::default()
    };
    let disabled = changed(&retiring, &changes);
    check_lookups_during(&retiring, &disabled, [false, false]);
}
