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
use std::time::{Duration, Instant};
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
    since_flip: f64,
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
    let promoted_at = Instant::now();
    let other = attack.start_node(&new, &[]).await?;
    let mut acceptances = Acceptances::new(&node, promoted_at);
    let (early, late) = keys.split_at(KEYS);
    acceptances.delete(&other, early).await;
    acceptances.ask_until(promoted_at + FLIP).await;
    let port = pair.run(|pair| Ok(pair.new.port())).await?;
    address.lead_to(format!("127.0.0.1:{port}"));
    let flip_at = Instant::now();
    let (moments, ()) = tokio::join!(observe(&node, flip_at), async {
        acceptances.delete(&other, late).await;
        acceptances.ask_until(flip_at + PATIENCE).await;
    });

    let mut checks = Checks::default();
    acceptances.judge(&mut checks);
    judge(&moments, &mut checks);
    Ok(checks)
}

/// Starts a primary that waits for its standby.
fn start_pair() -> Result<Pair> {
    let mut old = start_postgres()?;
    let new = Cluster::start_standby_of(&old)?;
    old.set_replication(Replication::Synchronous)?;
    Ok(Pair { old, new })
}

// === impl Pair ===

impl Pair {
    /// The primary fails, and comes back as a standby of what was its standby.
    fn demote(&mut self) -> Result<()> {
        self.old.stop_server()?;
        self.old.start_server_as_standby_of(&self.new)
    }
}

/// Asks again and again whether a node is ready and whether it writes.
async fn observe(node: &Target, flip_at: Instant) -> Vec<Moment> {
    let mut moments = Vec::new();
    let mut number = 0;
    while flip_at.elapsed() < PATIENCE {
        number += 1;
        let since_flip = flip_at.elapsed().as_secs_f64();
        let name = json!({"name": format!("after {number}")});
        let create = Request::post("/v2/api-keys", &name).by(ADMIN);
        let get = Request::get("/readyz");
        let (written, ready) = tokio::join!(
            Timed::send(node, &create, ANSWER),
            Timed::send(node, &get, ANSWER)
        );
        moments.push(Moment {
            since_flip,
            ready,
            written,
        });
        sleep(INTERVAL).await;
    }
    moments
}

/// Adds how soon the node wrote again, and for how long it said that it could when it
/// could not.
fn judge(moments: &[Moment], checks: &mut Checks) {
    let last_failure = moments.iter().rev().find(|moment| !moment.written.is(200));
    let failing = last_failure.map_or(0.0, |moment| {
        moment.since_flip + moment.written.took.as_secs_f64()
    });
    let limit = RECOVERY_LIMIT.as_secs_f64();
    checks.at_most("after the flip: writes fail until", failing, limit, "s");
    let (mut longest, mut since) = (0.0_f64, None);
    for moment in moments {
        if moment.ready.is(200) && !moment.written.is(200) {
            let begun = *since.get_or_insert(moment.since_flip);
            longest = longest.max(moment.since_flip + moment.written.took.as_secs_f64() - begun);
        } else {
            since = None;
        }
    }
    let what = "after the flip: /readyz is 200 while writes fail, for";
    checks.at_most(what, longest, PROOF_AGE.as_secs_f64(), "s");
}
