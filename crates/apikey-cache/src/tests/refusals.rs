//! Keys that were refused a moment ago.

use crate::{refusals::Refusals, revisions::Revisions};
use apikey_domain::{
    change::{Effect, KeyEvent, observer::ChangeObserver},
    testing::fixture,
    token::{KeyPrefix, PresentedKey},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

const TEXT: &str = "gpustack_0000000000000007_wrong";

#[test]
fn a_refusal_is_remembered_for_five_seconds() {
    let refusals = Refusals::new(Arc::new(Revisions::new()), 10);
    let prefix = KeyPrefix::default();
    let key = PresentedKey::parse(&prefix, TEXT);
    let now = Instant::now();
    assert!(!refusals.contains(&key, now));
    refusals.insert(&key, 0, now);
    assert!(refusals.contains(&key, now + Duration::from_millis(4_999)));
    assert!(!refusals.contains(&key, now + Duration::from_secs(5)));
    let other = PresentedKey::parse(&prefix, "gpustack_0000000000000007_other");
    assert!(!refusals.contains(&other, now));
}

#[test]
fn a_refusal_ends_when_its_key_is_created() {
    let revisions = Arc::new(Revisions::new());
    let refusals = Refusals::new(Arc::clone(&revisions), 10);
    let prefix = KeyPrefix::default();
    let key = PresentedKey::parse(&prefix, TEXT);
    let now = Instant::now();
    let began = revisions.latest();
    revisions.committed(&[Effect::Key(KeyEvent::Created(fixture::api_key(7, "ci")))]);
    refusals.insert(&key, began, now);
    assert!(!refusals.contains(&key, now));
    refusals.insert(&key, revisions.latest(), now);
    assert!(refusals.contains(&key, now));
}
