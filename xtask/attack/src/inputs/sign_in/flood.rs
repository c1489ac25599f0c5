//! Row 1: wrong sign-ins of strangers, many at once.

use super::{WRONG, sign_in};
use crate::{
    report::Checks,
    target::{Attack, PASSWORD, Target, source},
};
use anyhow::Result;
use futures_util::future::join_all;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// From how many addresses.
const ADDRESSES: usize = 5;

/// How long the flood has begun before someone else comes.
const UNTIL_FULL: Duration = Duration::from_millis(500);

/// Within which time someone at another address must have signed in.
const LIMIT_SECONDS: f64 = 5.0;

/// How long anyone waits to be hashed, and some time for the rest.
const LONGEST_SECONDS: f64 = 12.0;

/// What came of a sign-in, and after how many seconds.
type Seen = (Result<u16>, f64);

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    for username in ["alice", "bob", "carol"] {
        target.make_user(username, false).await?;
    }
    let [first, second, third] = [ADDRESSES, ADDRESSES + 1, ADDRESSES + 2];
    // Bob signed in here before.
    timed(&target, second, "bob", PASSWORD).await.0?;

    let each = if attack.extent.is_quick { 150 } else { 1_000 };
    let mut flood = JoinSet::new();
    for number in 0..ADDRESSES * each {
        let (to, from) = (target.address(), source(number % ADDRESSES));
        flood.spawn(async move {
            let began = Instant::now();
            let username = format!("stranger-{number}");
            let status = sign_in(to, from, &username, WRONG).await;
            (status, began.elapsed().as_secs_f64())
        });
    }
    tokio::time::sleep(UNTIL_FULL).await;
    let others = [
        timed(&target, first, "alice", PASSWORD),
        timed(&target, second, "bob", WRONG),
        timed(&target, third, "carol", WRONG),
    ];
    let others = join_all(others).await;
    let all = flood.join_all().await;

    let slack = if attack.extent.is_quick {
        attack.extent.slack.as_secs_f64()
    } else {
        0.0
    };
    let mut checks = Checks::default();
    let who = [
        ("the right password of someone at another address", 200),
        ("a wrong one of someone who signed in there before", 401),
        ("a wrong one of anyone else at another address", 401),
    ];
    for ((what, expected), (status, seconds)) in who.into_iter().zip(others) {
        let what = format!("{} wrong sign-ins at once: {what}", ADDRESSES * each);
        let seen = status.map_or_else(|error| format!("{error:#}"), |status| status.to_string());
        checks.must(&what, &seen, expected, seen == expected.to_string());
        let limit = LIMIT_SECONDS + slack;
        checks.at_most(format!("{what}, after"), seconds, limit, "s");
    }
    report(&mut checks, &all, LONGEST_SECONDS + slack);
    Ok(checks)
}

async fn timed(target: &Target, number: usize, username: &str, password: &str) -> Seen {
    let began = Instant::now();
    let status = sign_in(target.address(), source(number), username, password).await;
    (status, began.elapsed().as_secs_f64())
}

fn report(checks: &mut Checks, all: &[Seen], longest: f64) {
    let (mut wrong, mut shown) = (Vec::new(), [0; 3]);
    for (status, _) in all {
        match status {
            Ok(401) => shown[0] += 1,
            Ok(429) => shown[1] += 1,
            Ok(503) => shown[2] += 1,
            Ok(status) => wrong.push(format!("answered {status}")),
            Err(error) => wrong.push(format!("{error:#}")),
        }
    }
    let what = "of these, not answered 401, 429 or 503";
    checks.none_of(what, &wrong, all.len());
    let [refused, throttled, full] = shown;
    let shown = format!("{refused} 401, {throttled} 429, {full} 503");
    checks.show("how they were answered", shown);
    let slowest = all.iter().map(|(_, seconds)| *seconds).fold(0.0, f64::max);
    checks.at_most("the slowest of them", slowest, longest, "s");
}
