//! The decision alone: parse, look up, HMAC, compare, decide.
//!
//! `cargo bench -p apikey-cache`.

#[path = "decision/known_keys.rs"]
mod known_keys;

use apikey_domain::{
    gpustack::Scope,
    use_case::keys::verify::{Freshness, verify},
    verification::Wanted,
};
use criterion::{Criterion, criterion_group, criterion_main};
use futures_executor::block_on;
use known_keys::KnownKeys;
use std::hint::black_box;

fn decision(criterion: &mut Criterion) {
    for count in [100, 10_000, 1_000_000] {
        let known = KnownKeys::new(count);
        let wanted = Wanted::scope(Scope::Inference);
        let mut number = 0_usize;
        criterion.bench_function(&format!("decision among {count} keys"), |bencher| {
            bencher.iter(|| {
                // A stride that defeats the processor's caches.
                number = (number + 7_919) % known.texts.len();
                let text = black_box(known.texts[number].as_str());
                let verified = verify(&known.ports, text, wanted, Freshness::Current);
                block_on(verified).map(|decision| decision.is_ok())
            });
        });
    }
}

criterion_group!(benches, decision);
criterion_main!(benches);
