//! Row 2: heads that never end, and connections that rest.

mod lockout;

pub(crate) use lockout::half_heads;

use crate::{
    report::Checks,
    target::{Attack, Target},
};
use anyhow::Result;
use futures_util::future::{try_join, try_join_all};
use std::time::Duration;

/// How long a head may take from its first byte.
const HEAD_LIMIT: Duration = Duration::from_secs(5);

/// How long a connection may rest between two requests.
const IDLE_LIMIT: Duration = Duration::from_secs(75);

/// A whole request.
const WHOLE: &str = "GET /healthz HTTP/1.1\r\nhost: attack\r\n\r\n";

/// One with a body, of the first administrator.
const WITH_BODY: &str = "POST /v2/api-keys/verify HTTP/1.1\r\nhost: attack\r\n\
    authorization: Basic YWRtaW46QWRtaW5fMTIz\r\ncontent-length: 18\r\n\r\n{\"key\":\"nonsense\"}";

/// What comes after `G`, a byte each second.
const DRIP: &str = "ET /healthz HTTP/1.1";

/// What is sent on one connection, after what it is called: whole requests, each
/// once the one before is answered; a part of a head; and then a byte each second,
/// again from the first after the last.
type Slow = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
);

const SLOW: [Slow; 9] = [
    ("a first head of one byte", &[], "G", ""),
    ("a connection without a byte", &[], "", ""),
    ("a first head, a byte each second", &[], "G", DRIP),
    ("a second head of one byte", &[WHOLE], "G", ""),
    ("a second head, a byte each second", &[WHOLE], "G", DRIP),
    (
        "a second head without its end",
        &[WHOLE],
        "GET /healthz HTTP/1.1\r\nhost: attack\r\n",
        "",
    ),
    ("a head after a body", &[WITH_BODY], "G", ""),
    (
        "a fourth head, half",
        &[WHOLE, WITH_BODY, WHOLE],
        "POST /v2/",
        "",
    ),
    (
        "a head in the packet of the first",
        &[],
        "GET /healthz HTTP/1.1\r\nhost: attack\r\n\r\nG",
        "",
    ),
];

/// Those that rest, which takes long.
const RESTING: [Slow; 3] = [
    ("rest after an answer", &[WHOLE], "", ""),
    (
        "rest after three answers",
        &[WHOLE, WITH_BODY, WHOLE],
        "",
        "",
    ),
    ("an empty line every two seconds", &[WHOLE], "", "\r\n"),
];

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let slack = attack.extent.slack;
    let mut all = SLOW.map(|slow| (slow, HEAD_LIMIT + slack)).to_vec();
    if !attack.extent.is_quick {
        all.extend(RESTING.map(|slow| (slow, IDLE_LIMIT + slack)));
    }
    let ended = all
        .iter()
        .map(|(slow, limit)| until_ended(&target, slow, *limit));
    let (taken, locked) = try_join(try_join_all(ended), lockout::run(attack)).await?;

    let mut checks = Checks::default();
    for (((what, ..), limit), taken) in all.iter().zip(taken) {
        let limit = limit.as_secs_f64();
        let seen = taken.map_or_else(
            || format!("open after {limit:.0} s"),
            |taken| format!("ended after {:.1} s", taken.as_secs_f64()),
        );
        checks.must(*what, seen, format!("{limit:.0} s"), taken.is_some());
    }
    locked.report(&mut checks, attack);
    Ok(checks)
}

/// Returns how long the connection stayed, if it was ended.
async fn until_ended(
    target: &Target,
    (_, before, head, drip): &Slow,
    limit: Duration,
) -> Result<Option<Duration>> {
    let mut wire = target.wire().await?;
    for request in *before {
        wire.send(request).await?;
        wire.answer().await?;
    }
    wire.send(head).await?;
    Ok(wire.until_closed(drip.as_bytes(), limit).await)
}
