//! Row 1: connections that send requests over and over and never read.

use crate::{
    memory::MemoryWatch,
    report::Checks,
    target::{Attack, source},
    wire::Wire,
};
use anyhow::Result;
use reqwest::Method;
use serde_json::json;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::timeout};
use xtask_harness::{
    request::{Credentials, Request},
    server::ADMIN,
};

/// How many requests are sent at once.
const AT_ONCE: usize = 64;

/// How long the server may answer before its processor time is looked at, and how
/// long at most: as long as it takes until all that the kernel holds is full.
const UNTIL_FULL: Duration = Duration::from_secs(5);
const FULL_LIMIT: Duration = Duration::from_secs(15);

/// When a connection whose answers are not read must have ended.
const STALLED_LIMIT: Duration = Duration::from_secs(30);

/// How long memory may take to be given back.
const REST: Duration = Duration::from_secs(3);

/// How many megabytes the server may take for connections that never read, and
/// may keep when they are gone.
const GROWTH_LIMIT: f64 = 30.0;

/// How many percent of one core.
const LOAD_LIMIT: f64 = 20.0;

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let key = json!({"name": "flood", "scope": ["management"]});
    let key = target.make_key(ADMIN, None, &key).await?;
    let blocks = blocks(&key.value);
    target.check_whole().await?;

    let memory = MemoryWatch::start(target.server.process())?;
    let count = attack.extent.floods;
    let mut floods = JoinSet::new();
    let started = Instant::now();
    for number in 0..count {
        let block = Arc::clone(&blocks[number % blocks.len()]);
        floods.spawn(flood(target.address(), source(number), block));
    }
    memory.unless_beyond(tokio::time::sleep(UNTIL_FULL)).await;
    let mut load = target.load_over(attack.extent.quiet).await?;
    while load > LOAD_LIMIT && started.elapsed() < FULL_LIMIT {
        load = target.load_over(attack.extent.quiet).await?;
    }
    let verified = target.check_whole().await;
    let limit = FULL_LIMIT + STALLED_LIMIT + attack.extent.slack;
    let until_ended = async {
        // Each ends when its connection does.
        while floods.join_next().await.is_some() {}
    };
    let rest = limit.saturating_sub(started.elapsed());
    let ended = async { timeout(rest, until_ended).await.unwrap_or_default() };
    memory.unless_beyond(ended).await;
    let (left, took) = (floods.len(), started.elapsed());
    floods.shutdown().await;
    tokio::time::sleep(REST).await;
    let kept = target.megabytes()? - memory.before();

    let mut checks = Checks::default();
    let what = format!("{count} connections never read: processor time meanwhile");
    checks.at_most(what, load, LOAD_LIMIT, "% of a core");
    checks.at_most(
        "memory at most, above before",
        memory.growth(),
        GROWTH_LIMIT,
        "MB",
    );
    checks.at_most("memory afterwards, above before", kept, GROWTH_LIMIT, "MB");
    let ended = format!("{left} left after {:.0} s", took.as_secs_f64());
    let limit = format!("none after {:.0} s", limit.as_secs_f64());
    checks.must("the connections are ended", ended, limit, left == 0);
    checks.right("a well-behaved client meanwhile", &verified);
    Ok(checks)
}

/// Returns requests of each kind, many of one after the other.
pub(crate) fn blocks(key: &str) -> Vec<Arc<[u8]>> {
    let by = Credentials::Key(key);
    let json = json!({"key": "nonsense"});
    [
        Request::get("/healthz"),
        Request::new(Method::HEAD, "/healthz"),
        Request::get("/no/such/route"),
        Request::get("/v2/api-keys").by(by),
        Request::post("/v2/api-keys/verify", &json).by(by),
        Request::post("/v2/api-keys", &json),
        Request::get("/auth/verify").by(by),
    ]
    .map(|request| Arc::from(request.to_http().repeat(AT_ONCE).into_bytes()))
    .into()
}

/// Sends requests and never reads, until the connection is ended.
pub(crate) async fn flood(to: SocketAddr, from: Ipv4Addr, block: Arc<[u8]>) {
    if let Ok(mut wire) = Wire::open_narrow(to, from).await {
        wire.flood(&block).await;
    }
}
