//! Verifying a key of a ring in memory allocates nothing.

#[path = "../benches/rules/known_ring.rs"]
mod known_ring;

use futures_executor::block_on;
use known_ring::KnownRing;

#[test]
fn verifying_a_key_of_a_ring_allocates_nothing() {
    let known = KnownRing::new(100);
    let verify = |text: &str| {
        let verified = block_on(known.ring.verify(text)).unwrap();
        assert!(verified.require("reports:read").is_ok());
    };
    verify(&known.texts[0]);
    let allocated =
        allocation_counter::measure(|| known.texts.iter().for_each(|text| verify(text)));
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
}

#[test]
fn refusing_a_key_allocates_nothing() {
    let known = KnownRing::new(1);
    let wrong = format!("{}x", known.texts[0]);
    let unknown = "acme_0000000000000000_0123456789abcdef0123456789abcdef";
    let refuse = || {
        for text in [&*wrong, unknown, "short"] {
            assert!(block_on(known.ring.verify(text)).is_err());
        }
    };
    refuse();
    let allocated = allocation_counter::measure(refuse);
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
}
