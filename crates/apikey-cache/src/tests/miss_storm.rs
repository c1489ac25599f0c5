//! Floods of keys that nobody has.

use crate::miss_storm::MissStorm;
use futures_util::task::noop_waker;
use std::{pin::pin, task::Context};

/// How often a look waits before it goes on.
fn turns(flood: &MissStorm) -> u32 {
    let waker = noop_waker();
    let mut context = Context::from_waker(&waker);
    let mut way = pin!(flood.yield_to_hits());
    let mut turns = 0;
    while way.as_mut().poll(&mut context).is_pending() {
        turns += 1;
    }
    turns
}

#[test]
fn a_look_gives_way_only_while_many_find_nothing() {
    let flood = MissStorm::new();
    for _ in 0..500 {
        flood.count_absent();
    }
    assert_eq!(turns(&flood), 0);
    // At the turn of a second the count may begin anew, but not twice so soon.
    for _ in 0..3_000 {
        flood.count_absent();
    }
    assert_eq!(turns(&flood), 8);
}
