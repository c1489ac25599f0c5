//! Row 1: PostgreSQL's standby takes the place of its primary, behind one address.
//!
//! The old primary goes on as a standby that replays nothing. The address leads there
//! for a while still, and connections that there are stay where they are.

mod acceptances;

use self::acceptances::Acceptances;
use super::{
    aside::{Aside, start_postgres},
    timed::Timed,
};
use crate::{
    report::Checks,
    target::{Attack, Target},
};
use anyhow::{Result, ensure};
use serde_json::json;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tokio::time::sleep;
use xtask_harness::{
    proxy::Proxy,
    replication::{pause_replay, until_sent},
    request::Request,
    server::ADMIN,
};
use xtask_programs::postgres::{Cluster, Replication};

/// How long the address leads to the old primary still.
const FLIP: Duration = Duration::from_secs(5);

/// How soon the node must write again once it does not, and when it is given up.
const RECOVERY_LIMIT: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(15);

/// For how long `/readyz` may say that all is well while nothing is written: a write
/// that proves it may be some seconds old.
const PROOF_AGE: Duration = Duration::from_secs(5);

/// When a request is given up.
const ANSWER: Duration = Duration::from_secs(4);
const INTERVAL: Duration = Duration::from_millis(250);

/// How many keys are deleted while the address leads to the old primary, and
/// afterwards.
const KEYS: usize = 3;

/// Two servers, each of which may be the primary.
struct Pair {
    old: Cluster,
    new: Cluster,
}

/// A moment at which the node was asked.
struct Moment {
    asked_at: Instant,
    ready: Timed,
    written: Timed,
}

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let pair = Aside::make(start_pair).await?;
    let [old, new] = pair
        .run(|pair| Ok([pair.old.url(), pair.new.url()]))
        .await?;
    until_sent(&old).await?;
    let (address, url) = Proxy::before(&old).await?;
    let node = attack.start_node(&url, &[]).await?;
    let mut keys = Vec::new();
    for number in 0..2 * KEYS {
        let name = json!({"name": format!("revoked {number}")});
        let key = node.make_key(ADMIN, None, &name).await?;
        let status = node.verify(&key.value).await?;
        ensure!(status == 200, "a key is answered {status}");
        keys.push(key);
    }

    pair.run(Pair::demote).await?;
    pause_replay(&old).await?;
    pair.run(|pair| pair.new.promote()).await?;
    let (early, late) = keys.split_at(KEYS);
    let is_over = AtomicBool::new(false);
    let changes = async {
        let mut acceptances = Acceptances::new(&node, Instant::now());
        let other = attack.start_node(&new, &[]).await?;
        acceptances.delete(&other, early).await;
        acceptances.ask_for(FLIP).await;
        let port = pair.run(|pair| Ok(pair.new.port())).await?;
        address.lead_to(format!("127.0.0.1:{port}"));
        let flip_at = Instant::now();
        acceptances.delete(&other, late).await;
        acceptances.ask_for(PATIENCE).await;
        anyhow::Ok((acceptances, flip_at))
    };
    let changes = async {
        let changed = changes.await;
        is_over.store(true, Ordering::Relaxed);
        changed
    };
    let (changed, moments) = tokio::join!(changes, observe(&node, &is_over));
    let (acceptances, flip_at) = changed?;

    let mut checks = Checks::default();
    acceptances.judge(&mut checks);
    judge(&moments, flip_at, &mut checks);
    Ok(checks)
}

// === impl Moment ===

impl Moment {
    /// Returns when the write was answered or given up.
    fn end(&self) -> Instant {
        self.asked_at + self.written.took
    }
}

// === impl Pair ===

impl Pair {
    /// The primary fails, and comes back as a standby of what was its standby.
    fn demote(&mut self) -> Result<()> {
        self.old.stop_server()?;
        self.old.start_server_as_standby_of(&self.new)
    }
}

/// Starts a primary that waits for its standby.
fn start_pair() -> Result<Pair> {
    let mut old = start_postgres()?;
    let new = Cluster::start_standby_of(&old)?;
    old.set_replication(Replication::Synchronous)?;
    Ok(Pair { old, new })
}

/// Asks again and again whether a node is ready and whether it writes, until it is
/// over.
async fn observe(node: &Target, is_over: &AtomicBool) -> Vec<Moment> {
    let mut moments = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let asked_at = Instant::now();
        let name = json!({"name": format!("after {}", moments.len())});
        let create = Request::post("/v2/api-keys", &name).by(ADMIN);
        let ready = Request::get("/readyz");
        let (written, ready) = tokio::join!(
            Timed::send(node, &create, ANSWER),
            Timed::send(node, &ready, ANSWER)
        );
        moments.push(Moment {
            asked_at,
            ready,
            written,
        });
        sleep(INTERVAL).await;
    }
    moments
}

/// Adds how soon the node wrote again, and for how long it said that it could when it
/// could not.
fn judge(moments: &[Moment], flip_at: Instant, checks: &mut Checks) {
    let last_failure = moments.iter().rfind(|moment| !moment.written.is(200));
    let failing = last_failure.map_or(Duration::ZERO, |moment| {
        moment.end().saturating_duration_since(flip_at)
    });
    let limit = RECOVERY_LIMIT.as_secs_f64();
    let what = "after the flip: writes fail until";
    checks.at_most(what, failing.as_secs_f64(), limit, "s");
    let (mut longest, mut since) = (Duration::ZERO, None);
    for moment in moments {
        if moment.ready.is(200) && !moment.written.is(200) {
            let begun_at = *since.get_or_insert(moment.asked_at);
            longest = longest.max(moment.end() - begun_at);
        } else {
            since = None;
        }
    }
    let what = "since the promotion: /readyz is 200 while writes fail, for";
    checks.at_most(what, longest.as_secs_f64(), PROOF_AGE.as_secs_f64(), "s");
}
