//! Tests of the negative cache.

use crate::key_facts::{negative_cache::NegativeCache, revisions::Revisions};
use apikey_domain::{
    change::{Change, KeyEvent, invalidator::CacheInvalidator},
    testing::fixture,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

#[test]
fn a_miss_is_cached_for_five_seconds() {
    let revisions = Arc::new(Revisions::new());
    let absent = NegativeCache::new(Arc::clone(&revisions), 10);
    let key = revisions.fingerprint_of("0123456789abcdef");
    let now = Instant::now();
    assert!(!absent.contains(key, now));
    absent.insert(key, 0, now);
    assert!(absent.contains(key, now + Duration::from_millis(4_999)));
    assert!(!absent.contains(key, now + Duration::from_secs(5)));
    assert!(!absent.contains(revisions.fingerprint_of("another"), now));
}

#[test]
fn a_miss_is_stale_once_the_key_is_created() {
    let revisions = Arc::new(Revisions::new());
    let absent = NegativeCache::new(Arc::clone(&revisions), 10);
    let created = fixture::api_key(7, "ci");
    let key = revisions.fingerprint_of(created.access_key.as_str());
    let (began, now) = (revisions.latest(), Instant::now());
    revisions.invalidate(&Change::Key(KeyEvent::Created(created)));
    absent.insert(key, began, now);
    assert!(!absent.contains(key, now));
    absent.insert(key, revisions.latest(), now);
    assert!(absent.contains(key, now));
}
