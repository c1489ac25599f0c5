//! On what a decision may rest while the lease is held, stale or lapsed.

use apikey_domain::{
    error::PortError,
    port::{
        key_facts_source::KeyFactsSource,
        lease::{Lease, LeaseState},
    },
    testing::fixture,
    use_case::{
        keys::verify::{Freshness, verify},
        ports::VerifyPorts,
    },
    verification::{Decision, Verdict, Wanted, facts::KeyFacts},
};
use apikey_testing::TestApp;
use async_trait::async_trait;
use futures_executor::block_on;
use std::sync::{Arc, Mutex};

/// The right secret of the fixture's key number 7.
const TEXT: &str = "gpustack_0000000000000007_secret";

/// A lease and a source that write down what they are asked.
struct Witness {
    state: LeaseState,
    is_cached: bool,
    is_stored: bool,
    asked: Mutex<Vec<&'static str>>,
}

impl Witness {
    fn note(&self, question: &'static str, is_known: bool) -> Option<Arc<KeyFacts>> {
        self.asked.lock().unwrap().push(question);
        is_known.then(|| Arc::new(fixture::key_facts(7, "ci")))
    }
}

impl Lease for Witness {
    fn state(&self) -> LeaseState {
        self.note("lease", false);
        self.state
    }
}

#[async_trait]
impl KeyFactsSource for Witness {
    fn cached(&self, _: &str) -> Option<Arc<KeyFacts>> {
        self.note("cached", self.is_cached)
    }

    async fn load(&self, _: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        Ok(self.note("load", self.is_stored))
    }

    async fn load_uncached(&self, _: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        Ok(self.note("load uncached", self.is_stored))
    }
}

/// What was decided, and what was asked for it.
fn decided(witness: Witness, text: &str, freshness: Freshness) -> (Decision, Vec<&'static str>) {
    let witness = Arc::new(witness);
    let ports = VerifyPorts {
        key_facts: witness.clone(),
        lease: witness.clone(),
        ..TestApp::new().keys.verify
    };
    let decision = block_on(verify(&ports, text, Wanted::default(), freshness));
    let asked = witness.asked.lock().unwrap().clone();
    (decision.unwrap(), asked)
}

fn with(state: LeaseState, is_cached: bool) -> Witness {
    Witness {
        state,
        is_cached,
        is_stored: true,
        asked: Mutex::default(),
    }
}

#[test]
fn what_is_remembered_counts_as_far_as_the_lease_goes() {
    use Freshness::{Current, FromStore};
    use LeaseState::{Held, Lapsed, Stale};
    let remembered = ["lease", "cached"].as_slice();
    let loaded = ["lease", "cached", "load"].as_slice();
    let asked_after_memory = ["lease", "cached", "load uncached"].as_slice();
    let asked = ["lease", "load uncached"].as_slice();
    let table = [
        (Held, Current, true, remembered, false),
        (Held, Current, false, loaded, false),
        (Held, FromStore, true, asked, false),
        (Stale, Current, true, remembered, true),
        (Stale, Current, false, asked_after_memory, false),
        (Stale, FromStore, true, asked, false),
        (Lapsed, Current, true, asked, false),
        (Lapsed, Current, false, asked, false),
        (Lapsed, FromStore, true, asked, false),
    ];
    for (state, freshness, is_cached, expected, is_stale) in table {
        let (decision, asked) = decided(with(state, is_cached), TEXT, freshness);
        assert_eq!(asked, expected, "{state:?} {freshness:?} {is_cached}");
        assert_eq!(decision.is_stale, is_stale, "{state:?} {freshness:?}");
        assert_eq!(decision.verdict, Verdict::Valid);
    }
}

#[test]
fn a_wrong_secret_is_not_refused_by_stale_facts_alone() {
    let text = "gpustack_0000000000000007_wrong";
    let witness = with(LeaseState::Stale, true);
    let (decision, asked) = decided(witness, text, Freshness::Current);
    // An unknown key would have to be asked after, too.
    assert_eq!(asked, ["lease", "cached", "load uncached"]);
    assert_eq!(decision.verdict, Verdict::Mismatch);
    assert!(!decision.is_stale && decision.facts.is_none());
}

#[test]
fn what_is_nowhere_is_unknown_and_not_stale() {
    for state in [LeaseState::Held, LeaseState::Stale, LeaseState::Lapsed] {
        let witness = Witness {
            is_stored: false,
            ..with(state, false)
        };
        let (decision, _) = decided(witness, TEXT, Freshness::Current);
        assert_eq!(decision.verdict, Verdict::Unknown);
        assert!(!decision.is_stale);
    }
}
