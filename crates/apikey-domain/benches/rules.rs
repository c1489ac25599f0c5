//! What a verification is made of, each part alone and all of it in a ring.
//!
//! `cargo bench -p apikey-domain`.

#[path = "rules/known_ring.rs"]
mod known_ring;

use apikey_domain::{
    gpustack::Scope,
    key::{
        mask::{Origin, masked},
        token::{AccessKey, KeyPrefix, PresentedKey},
    },
    testing::fixture,
    verification::{Wanted, decide},
};
use criterion::{Criterion, criterion_group, criterion_main};
use futures_executor::block_on;
use known_ring::KnownRing;
use std::hint::black_box;

const STANDARD: &str = "gpustack_0123456789abcdef_0123456789abcdef0123456789abcdef";
const CUSTOM: &str = "sk-0123456789abcdef0123456789abcdef";

fn parts(criterion: &mut Criterion) {
    let prefix = KeyPrefix::default();
    for (name, text) in [("standard", STANDARD), ("custom", CUSTOM)] {
        criterion.bench_function(&format!("parse a {name} key"), |bencher| {
            bencher.iter(|| {
                PresentedKey::parse(&prefix, black_box(text))
                    .access_key()
                    .len()
            });
        });
    }
    let peppers = fixture::peppers();
    let key = PresentedKey::parse(&prefix, STANDARD);
    criterion.bench_function("digest", |bencher| {
        bencher.iter(|| peppers.digest(black_box(&key)));
    });
    let access_key = AccessKey::new("0123456789abcdef");
    criterion.bench_function("mask", |bencher| {
        bencher.iter(|| masked(&prefix, black_box(&access_key), Origin::Generated));
    });
    let (facts, now) = (fixture::key_facts(7, "ci"), fixture::instant());
    let wanted = Wanted::scope(Scope::Inference).with_model(Some("qwen3-0.6b"));
    criterion.bench_function("decide", |bencher| {
        bencher.iter(|| decide(black_box(&facts), wanted, now));
    });
}

fn ring(criterion: &mut Criterion) {
    for count in [100, 10_000] {
        let known = KnownRing::new(count);
        let mut number = 0_usize;
        criterion.bench_function(&format!("verify in a ring of {count} keys"), |bencher| {
            bencher.iter(|| {
                // A stride that defeats the processor's caches.
                number = (number + 7_919) % known.texts.len();
                let text = black_box(known.texts[number].as_str());
                block_on(known.ring.verify(text))
                    .is_ok_and(|key| key.require("reports:read").is_ok())
            });
        });
    }
}

criterion_group!(benches, parts, ring);
criterion_main!(benches);
