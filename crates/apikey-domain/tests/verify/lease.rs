//! Which data a decision may use while the lease is held, stale or lapsed.

use apikey_domain::{
    error::PortError,
    port::{
        key_facts_source::KeyFactsSource,
        lease::{Lease, LeaseState},
    },
    testing::fixture,
    use_case::keys::verify::{Freshness, verify},
    verification::{Decision, Reason, Wanted, facts::KeyFacts},
};
use apikey_testing::TestApp;
use async_trait::async_trait;
use futures_executor::block_on;
use std::sync::{Arc, Mutex};

/// The text of the fixture's key 7.
const TEXT: &str = "gpustack_0000000000000007_secret";

/// A lease and a source that record their calls.
struct CallRecorder {
    state: LeaseState,
    is_cached: bool,
    is_stored: bool,
    calls: Mutex<Vec<&'static str>>,
}

impl CallRecorder {
    fn record(&self, call: &'static str, is_known: bool) -> Option<Arc<KeyFacts>> {
        self.calls.lock().unwrap().push(call);
        is_known.then(|| Arc::new(fixture::key_facts(7, "ci")))
    }
}

impl Lease for CallRecorder {
    fn state(&self) -> LeaseState {
        self.record("lease", false);
        self.state
    }
}

#[async_trait]
impl KeyFactsSource for CallRecorder {
    fn cached(&self, _: &str) -> Option<Arc<KeyFacts>> {
        self.record("cached", self.is_cached)
    }

    async fn load(&self, _: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        Ok(self.record("load", self.is_stored))
    }

    async fn load_uncached(&self, _: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        Ok(self.record("load uncached", self.is_stored))
    }
}

/// Returns the decision and the calls it took.
fn decide(
    recorder: CallRecorder,
    text: &str,
    freshness: Freshness,
) -> (Decision, Vec<&'static str>) {
    let recorder = Arc::new(recorder);
    let mut ports = TestApp::new().keys.verify;
    ports.key_facts = recorder.clone();
    ports.lease = recorder.clone();
    let decision = block_on(verify(&ports, text, Wanted::whatever_scope(), freshness));
    let calls = recorder.calls.lock().unwrap().clone();
    (decision.unwrap(), calls)
}

fn recorder(state: LeaseState, is_cached: bool) -> CallRecorder {
    CallRecorder {
        state,
        is_cached,
        is_stored: true,
        calls: Mutex::default(),
    }
}

#[test]
fn cached_facts_are_used_as_far_as_the_lease_allows() {
    use Freshness::{Current, FromStore};
    use LeaseState::{Held, Lapsed, Stale};
    let from_cache = ["lease", "cached"].as_slice();
    let loaded = ["lease", "cached", "load"].as_slice();
    let cache_then_store = ["lease", "cached", "load uncached"].as_slice();
    let from_store = ["lease", "load uncached"].as_slice();
    let table = [
        (Held, Current, true, from_cache, false),
        (Held, Current, false, loaded, false),
        (Held, FromStore, true, from_store, false),
        (Stale, Current, true, from_cache, true),
        (Stale, Current, false, cache_then_store, false),
        (Stale, FromStore, true, from_store, false),
        (Lapsed, Current, true, from_store, false),
        (Lapsed, Current, false, from_store, false),
        (Lapsed, FromStore, true, from_store, false),
    ];
    for (state, freshness, is_cached, expected, is_stale) in table {
        let (decision, calls) = decide(recorder(state, is_cached), TEXT, freshness);
        assert_eq!(calls, expected, "{state:?} {freshness:?} {is_cached}");
        let verified = decision.unwrap();
        assert_eq!(verified.is_stale(), is_stale, "{state:?} {freshness:?}");
    }
}

#[test]
fn a_wrong_secret_is_not_refused_by_stale_facts_alone() {
    let text = "gpustack_0000000000000007_wrong";
    let recorder = recorder(LeaseState::Stale, true);
    let (decision, calls) = decide(recorder, text, Freshness::Current);
    // An unknown key would need a lookup in the store, too.
    assert_eq!(calls, ["lease", "cached", "load uncached"]);
    let refused = decision.unwrap_err();
    assert_eq!(refused.reason(), Reason::Mismatch);
    assert!(!refused.is_stale() && refused.key().is_none());
}

#[test]
fn a_key_that_does_not_exist_is_unknown_and_not_stale() {
    for state in [LeaseState::Held, LeaseState::Stale, LeaseState::Lapsed] {
        let recorder = CallRecorder {
            is_stored: false,
            ..recorder(state, false)
        };
        let (decision, _) = decide(recorder, TEXT, Freshness::Current);
        let refused = decision.unwrap_err();
        assert_eq!(refused.reason(), Reason::Unknown);
        assert!(!refused.is_stale());
    }
}
