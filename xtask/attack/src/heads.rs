//! Row 2: heads that never end, and connections that rest.

mod lockout;

pub(crate) use lockout::half_heads;

use crate::{
    report::Checks,
    target::{Attack, Target},
};
use anyhow::Result;
use futures_util::future::{try_join, try_join_all};
use std::time::{Duration, Instant};

/// How long a head may take from its first byte.
const HEAD_LIMIT: Duration = Duration::from_secs(5);

/// How long a connection may rest between two requests.
const IDLE_LIMIT: Duration = Duration::from_secs(75);

/// A whole request.
const WHOLE: &str = "GET /healthz HTTP/1.1\r\nhost: attack\r\n\r\n";

/// One with a body, of the first administrator.
const WITH_BODY: &str = "POST /v2/api-keys/verify HTTP/1.1\r\nhost: attack\r\n\
    authorization: Basic YWRtaW46QWRtaW5fMTIz\r\ncontent-length: 18\r\n\r\n{\"key\":\"nonsense\"}";

/// What is sent on one connection.
struct Slow {
    what: &'static str,
    /// Whole requests, each sent once the one before is answered.
    before: &'static [&'static str],
    /// What is sent then.
    head: &'static str,
    /// What is sent after that, a byte each second and again from its start.
    drip: &'static str,
    limit: Duration,
}

const SLOW: [Slow; 9] = [
    Slow::head("a first head of one byte", &[], "G", ""),
    Slow::head("a connection without a byte", &[], "", ""),
    Slow::head(
        "a first head, a byte each second",
        &[],
        "G",
        "ET /healthz HTTP/1.1",
    ),
    Slow::head("a second head of one byte", &[WHOLE], "G", ""),
    Slow::head(
        "a second head, a byte each second",
        &[WHOLE],
        "G",
        "ET /healthz HTTP/1.1",
    ),
    Slow::head(
        "a second head without its end",
        &[WHOLE],
        "GET /healthz HTTP/1.1\r\nhost: attack\r\n",
        "",
    ),
    Slow::head("a head after a body", &[WITH_BODY], "G", ""),
    Slow::head(
        "a fourth head, half",
        &[WHOLE, WITH_BODY, WHOLE],
        "POST /v2/",
        "",
    ),
    Slow::head(
        "a head in the packet of the first",
        &[],
        "GET /healthz HTTP/1.1\r\nhost: attack\r\n\r\nG",
        "",
    ),
];

/// Those that rest, which takes long.
const RESTING: [Slow; 3] = [
    Slow::rest("rest after an answer", &[WHOLE], ""),
    Slow::rest("rest after three answers", &[WHOLE, WITH_BODY, WHOLE], ""),
    Slow::rest("an empty line every two seconds", &[WHOLE], "\r\n"),
];

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let slack = attack.extent.slack;
    let slow = SLOW.iter().map(|slow| slow.run(&target, slack));
    let resting = RESTING.iter().filter(|_| !attack.extent.is_quick);
    let resting = resting.map(|slow| slow.run(&target, slack));
    let all = try_join_all(slow.chain(resting));
    let (taken, locked) = try_join(all, lockout::run(attack)).await?;

    let mut checks = Checks::default();
    for (slow, taken) in SLOW.iter().chain(&RESTING).zip(taken) {
        let limit = slow.limit + slack;
        let seen = taken.map_or_else(
            || format!("open after {:.0} s", limit.as_secs_f64()),
            |taken| format!("ended after {:.1} s", taken.as_secs_f64()),
        );
        let limit = format!("{:.0} s", limit.as_secs_f64());
        checks.must(slow.what, seen, limit, taken.is_some());
    }
    locked.report(&mut checks, attack);
    Ok(checks)
}

// === impl Slow ===

impl Slow {
    const fn head(
        what: &'static str,
        before: &'static [&'static str],
        head: &'static str,
        drip: &'static str,
    ) -> Self {
        let limit = HEAD_LIMIT;
        Self {
            what,
            before,
            head,
            drip,
            limit,
        }
    }

    const fn rest(what: &'static str, before: &'static [&'static str], drip: &'static str) -> Self {
        let (head, limit) = ("", IDLE_LIMIT);
        Self {
            what,
            before,
            head,
            drip,
            limit,
        }
    }

    /// Returns how long the connection stayed, if it was ended.
    async fn run(&self, target: &Target, slack: Duration) -> Result<Option<Duration>> {
        let mut wire = target.wire().await?;
        for request in self.before {
            wire.send(request).await?;
            wire.answer().await?;
        }
        let sent_at = Instant::now();
        wire.send(self.head).await?;
        let ended = wire
            .until_closed(self.drip.as_bytes(), self.limit + slack)
            .await;
        Ok(ended.map(|_| sent_at.elapsed()))
    }
}
