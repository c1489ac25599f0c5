//! Whether a node accepts keys that were deleted through another.

use super::super::timed::Timed;
use crate::{
    report::Checks,
    target::{MadeKey, Target},
};
use reqwest::Method;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use xtask_harness::request::{Credentials, Request};

/// When a request is given up.
const ANSWER: Duration = Duration::from_secs(4);
const INTERVAL: Duration = Duration::from_millis(250);

/// What a node is asked about keys that were deleted.
pub(super) struct Acceptances<'a> {
    node: &'a Target,
    deleted: Vec<&'a MadeKey>,
    asked: usize,
    accepted: Vec<String>,
    not_deleted: Vec<String>,
    /// When the other primary came to be.
    promoted_at: Instant,
}

// === impl Acceptances ===

impl<'a> Acceptances<'a> {
    /// Begins without a key.
    pub(super) fn new(node: &'a Target, promoted_at: Instant) -> Self {
        Self {
            node,
            deleted: Vec::new(),
            asked: 0,
            accepted: Vec::new(),
            not_deleted: Vec::new(),
            promoted_at,
        }
    }

    /// Deletes keys through another node, and asks about all so far after each.
    pub(super) async fn delete(&mut self, other: &Target, keys: &'a [MadeKey]) {
        for key in keys {
            let path = format!("/v2/api-keys/{}", key.id);
            match other.admin(Method::DELETE, &path, &Value::Null).await {
                Ok(_) => self.deleted.push(key),
                Err(error) => self.not_deleted.push(format!("{error:#}")),
            }
            self.ask().await;
        }
    }

    /// Asks about all again and again for a time.
    pub(super) async fn ask_for(&mut self, time: Duration) {
        let begun_at = Instant::now();
        while begun_at.elapsed() < time {
            self.ask().await;
            sleep(INTERVAL).await;
        }
    }

    /// Adds what was found.
    pub(super) fn judge(&self, checks: &mut Checks) {
        let what = "keys deleted through the new primary: accepted by a node from before";
        checks.none_of(what, &self.accepted, self.asked);
        let all = self.deleted.len() + self.not_deleted.len();
        let what = "deletions through the new primary: not answered 200";
        checks.none_of(what, &self.not_deleted, all);
    }

    /// Asks about all, also past what is in memory.
    async fn ask(&mut self) {
        for key in &self.deleted {
            let plain = Request::get("/auth/verify").by(Credentials::Key(&key.value));
            let fresh = plain.clone().header("cache-control", "no-cache");
            for (name, request) in [("", plain), (" with no-cache", fresh)] {
                let at = self.promoted_at.elapsed().as_secs_f64();
                let answer = Timed::send(self.node, &request, ANSWER).await;
                self.asked += 1;
                if answer.is(200) {
                    self.accepted
                        .push(format!("{at:.1} s after the promotion{name}"));
                }
            }
        }
    }
}
