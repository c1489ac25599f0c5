//! Verifying a cached key allocates no memory.

#[path = "../benches/decision/known_keys.rs"]
mod known_keys;

use apikey_domain::{
    gpustack::Scope,
    use_case::keys::verify::{Freshness, verify},
    verification::Wanted,
};
use futures_executor::block_on;
use known_keys::KnownKeys;

#[test]
fn verifying_a_cached_key_allocates_nothing() {
    let known = KnownKeys::new(100);
    let wanted = Wanted::scope(Scope::Inference).with_model(Some("qwen3-0.6b"));
    let decide = |text: &str| {
        let verified = verify(&known.ports, text, wanted, Freshness::Current);
        assert!(block_on(verified).unwrap().is_ok());
    };
    decide(&known.texts[0]);
    let allocated =
        allocation_counter::measure(|| known.texts.iter().for_each(|text| decide(text)));
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
}
