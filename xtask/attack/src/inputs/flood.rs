//! Row 7: whether memory is given back once a flood is over.

use crate::{
    memory::MemoryWatch,
    report::Checks,
    target::{Attack, Target, source},
    wire::Wire,
};
use anyhow::Result;
use futures_util::{StreamExt, stream};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};
use xtask_harness::{request::Request, server::ADMIN};

/// How many connections there are, and for how long each floods.
const CONNECTIONS: usize = 400;
const FLOOD: Duration = Duration::from_secs(4);

/// How large a body is: nearly as large as one may be.
const BODY: usize = 60_000;

/// How many of its bytes each connection holds back until all have sent theirs, and how
/// long that takes.
const HELD_BACK: usize = 10;
const TOGETHER: Duration = Duration::from_millis(1_500);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the server is left alone before that.
const REST: Duration = Duration::from_secs(3);

/// How long the server is left alone afterwards at most, and how much it may keep above
/// what it took before, in megabytes.
const QUIET: Duration = Duration::from_secs(10);
const KEPT_LIMIT: f64 = 16.0;

/// How often its memory is looked at.
const INTERVAL: Duration = Duration::from_millis(200);

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    // What a server takes that has worked, and rests.
    target.check_whole().await?;
    sleep(REST).await;
    let watch = MemoryWatch::start(target.server.process())?;
    let flood =
        stream::iter(0..CONNECTIONS).for_each_concurrent(None, |number| flood(&target, number));
    flood.await;
    let started = Instant::now();
    while target.megabytes()? - watch.before() > KEPT_LIMIT && started.elapsed() < QUIET {
        sleep(INTERVAL).await;
    }
    let after = target.megabytes()?;

    let mut checks = Checks::default();
    let shown = format!("{:.0} MB", watch.before());
    checks.show("memory before a flood", shown);
    let shown = format!("{:.0} MB", watch.before() + watch.growth());
    checks.show("the most memory meanwhile", shown);
    checks.show("memory after it", format!("{after:.0} MB"));
    let shown = format!("{:.1} s", started.elapsed().as_secs_f64());
    checks.show("how long that took", shown);
    let kept = after - watch.before();
    checks.at_most("memory kept after a flood", kept, KEPT_LIMIT, "MB");
    let still_works = target.check_whole().await;
    checks.right("a well-behaved client afterwards", &still_works);
    Ok(checks)
}

/// Sends large bodies, one after the other. That some are refused is no matter.
async fn flood(target: &Target, number: usize) {
    let started = Instant::now();
    while started.elapsed() < FLOOD {
        // Whatever ends it, the next one comes on a connection of its own.
        let _ = timeout(PATIENCE, flood_once(target, number)).await;
    }
}

async fn flood_once(target: &Target, number: usize) -> Result<()> {
    let mut wire: Wire = target.wire_from(source(number)).await?;
    let items = vec![json!({"key": "x".repeat(BODY / 60)}); 55];
    let body = json!({"items": items});
    let request = Request::post("/v2/api-keys/verify", &body)
        .by(ADMIN)
        .to_http();
    let (first, last) = request.split_at(request.len() - HELD_BACK);
    wire.send(first).await?;
    sleep(TOGETHER).await;
    wire.send(last).await?;
    wire.answer().await.map(drop)
}
