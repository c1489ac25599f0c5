//! A key that is in memory is decided about without taking more of it.

#[path = "../benches/decision/known_keys.rs"]
mod known_keys;

use apikey_domain::{
    key::scope::Scope,
    use_case::keys::verify::{Freshness, verify},
    verification::{Verdict, Wanted},
};
use futures_executor::block_on;
use known_keys::KnownKeys;

#[test]
fn a_decision_allocates_nothing() {
    let known = KnownKeys::new(100);
    let wanted = Wanted {
        scopes: Scope::Inference.into(),
        model: Some("qwen3-0.6b"),
    };
    let decide = |text: &str| {
        let verified = verify(&known.ports, text, wanted, Freshness::Current);
        let decision = block_on(verified).unwrap();
        assert_eq!(decision.verdict, Verdict::Valid);
    };
    decide(&known.texts[0]);
    let allocated =
        allocation_counter::measure(|| known.texts.iter().for_each(|text| decide(text)));
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
}
