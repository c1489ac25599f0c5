//! Tests of miss storms.

use crate::key_facts::miss_storm::MissStorm;
use futures_util::task::noop_waker;
use std::{pin::pin, task::Context};

/// Returns how many times a lookup yields.
fn yields(miss_storm: &MissStorm) -> u32 {
    let waker = noop_waker();
    let mut context = Context::from_waker(&waker);
    let mut yielding = pin!(miss_storm.yield_to_hits());
    let mut yields = 0;
    while yielding.as_mut().poll(&mut context).is_pending() {
        yields += 1;
    }
    yields
}

#[test]
fn a_lookup_yields_only_while_many_find_nothing() {
    let miss_storm = MissStorm::new();
    for _ in 0..500 {
        miss_storm.count_miss();
    }
    assert_eq!(yields(&miss_storm), 0);
    // The count may restart at the turn of a second, but not twice this quickly.
    for _ in 0..3_000 {
        miss_storm.count_miss();
    }
    assert_eq!(yields(&miss_storm), 8);
}
