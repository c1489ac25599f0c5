//! Requests that are answered before their body has ended.

use crate::{
    edges::behind::{create, not_made},
    target::Target,
};
use anyhow::{Result, ensure};
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::sleep;

/// How many bytes a body is said to have: a little more than a body may have, and
/// far more.
const SIZES: [usize; 2] = [70_000, 300_000];

/// How many of them are sent at first.
const BEGUN: usize = 2;

/// How long an answer may take to come before the rest of the body.
const EARLY: Duration = Duration::from_millis(500);

/// How long another request may take that must not be run.
const WAIT: Duration = Duration::from_millis(1_500);

/// What is answered without its body: for gateways, without a route, without
/// credentials, a list, and a body too large.
const REQUESTS: [(&str, bool); 5] = [
    ("POST /auth/verify", false),
    ("POST /no/such/route", false),
    ("POST /v2/api-keys", false),
    ("GET /v2/api-keys", true),
    ("POST /v2/api-keys", true),
];

/// A request that is answered before its body has ended.
#[derive(Debug)]
struct Early {
    line: &'static str,
    has_key: bool,
    size: usize,
    is_chunked: bool,
    /// Whether the rest of the body comes before another request, or nothing.
    is_rest_sent: bool,
}

/// Runs all of them and returns what went wrong, and how many there were.
pub(super) async fn run_all(target: &Target, key: &str) -> (Vec<String>, usize) {
    let mut all = Vec::new();
    for ((line, has_key), size) in REQUESTS
        .iter()
        .flat_map(|one| SIZES.map(|size| (*one, size)))
    {
        for [is_chunked, is_rest_sent] in
            [[false, false], [false, true], [true, false], [true, true]]
        {
            all.push(Early {
                line,
                has_key,
                size,
                is_chunked,
                is_rest_sent,
            });
        }
    }
    let run = all.iter().enumerate().map(|(number, early)| async move {
        let done = early.run(target, key, &format!("early-{number}-end")).await;
        done.err().map(|error| format!("{early:?}: {error:#}"))
    });
    let wrong = join_all(run).await.into_iter().flatten().collect();
    (wrong, all.len())
}

// === impl Early ===

impl Early {
    async fn run(&self, target: &Target, key: &str, name: &str) -> Result<()> {
        let size = self.size;
        let (framing, before, after) = if self.is_chunked {
            let line = format!("{size:x}\r\n");
            (
                "transfer-encoding: chunked".to_owned(),
                line,
                "\r\n0\r\n\r\n",
            )
        } else {
            (format!("content-length: {size}"), String::new(), "")
        };
        let by = if self.has_key {
            format!("authorization: Bearer {key}\r\n")
        } else {
            String::new()
        };
        let line = self.line;
        let head = format!("{line} HTTP/1.1\r\nhost: attack\r\n{by}{framing}\r\n\r\n");
        let mut wire = target.wire().await?;
        wire.send(head + &before + &"a".repeat(BEGUN)).await?;
        sleep(EARLY).await;
        let rest = if self.is_rest_sent {
            "a".repeat(size - BEGUN) + after
        } else {
            String::new()
        };
        // That it is closed by now is as good.
        let _ = wire.send(rest + &create(key, name)).await;
        let answers = wire.read_for(WAIT).await;
        let answers = String::from_utf8_lossy(&answers);
        let answers = answers.split("HTTP/1.1 ").skip(1);
        let statuses: Vec<_> = answers.filter_map(|answer| answer.get(..3)).collect();
        ensure!(statuses.len() < 2, "the answers are {statuses:?}");
        not_made(target, name).await
    }
}
