//! Row 9: all attacks together, while a well-behaved client verifies.
//!
//! The client takes turns: it verifies at the server under attack, and then, with
//! the same attack on the server going on, at a handler beside it that does
//! nothing. So both are measured on the same cores under the same load. At the end
//! the handler itself gets the same attack for a while, which is only shown: it has
//! no bounds, and loses to the first connections that never read.

use crate::{
    heads::half_heads,
    large::{self, ask_and_wait},
    memory::MemoryWatch,
    never_reads::{blocks, flood},
    options::Extent,
    report::Checks,
    target::{Attack, MadeKey, Target, source},
    verifier::{Verified, verify},
    wire::Wire,
};
use anyhow::Result;
use serde_json::json;
use std::{
    net::{Ipv4Addr, SocketAddr},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::sleep,
};
use xtask_harness::{
    request::{Credentials, Request},
    server::{ADMIN, Server, free_address},
    usage::process_time,
};

/// How many connections there are of each kind.
const FLOODS: usize = 20;
const HALF_HEADS: usize = 200;
const LARGE: usize = 30;
const HELD_BACK: usize = 20;

/// How many requests the well-behaved client sends each second.
const PER_SECOND: u32 = 500;

/// How often an attacker comes again.
const AGAIN: Duration = Duration::from_millis(200);

/// How often a key that nobody has is presented, and a wrong password.
const JUNK_INTERVAL: Duration = Duration::from_millis(20);
const WRONG_INTERVAL: Duration = Duration::from_millis(500);

/// How long the attack goes on before anything is measured, how long the client
/// verifies before the attack, and how long after it memory is measured.
const UNTIL_FULL: Duration = Duration::from_secs(3);
const WARM_UP: Duration = Duration::from_secs(3);
const REST: Duration = Duration::from_secs(5);

/// How many megabytes the server may keep.
const KEPT_LIMIT: f64 = 30.0;

/// How many times the 99th percentile of the handler that does nothing.
const RATIO_LIMIT: f64 = 2.0;

/// How much is asked for: the fraction of large objects of that of row 4.
const LARGE_FRACTION: usize = 2;

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let extent = attack.extent;
    let per_second = PER_SECOND / u32::try_from(extent.divisor)?;
    let target = attack.start().await?;
    let empty = start_empty(&target).await?;
    let reader = large::fill(&target, extent.large_objects / LARGE_FRACTION).await?;
    let key = json!({"name": "verified", "scope": ["inference"]});
    let key = target.make_key(ADMIN, None, &key).await?;
    for address in [target.address(), empty.address()] {
        turn(address, &key, per_second, WARM_UP).await?;
    }

    let memory = MemoryWatch::start(target.server.process())?;
    let started = Instant::now();
    let mut attackers = start_attackers(target.address(), &reader, extent.divisor);
    let mut halves: [Verified; 2] = Default::default();
    let mut failed = Ok(());
    let measured = async {
        sleep(UNTIL_FULL).await;
        while started.elapsed() < extent.together {
            for (address, half) in [target.address(), empty.address()].iter().zip(&mut halves) {
                match turn(*address, &key, per_second, extent.turn).await {
                    Ok(seen) => half.append(seen),
                    Err(error) => failed = Err(error),
                }
            }
        }
    };
    memory.unless_beyond(measured).await;
    failed?;
    let (took, growth) = (started.elapsed(), memory.growth());
    let times = [target.server.process(), std::process::id()].map(process_time);
    attackers.shutdown().await;
    sleep(REST).await;
    let kept = target.megabytes()? - memory.before();
    let after = target.check_whole().await;
    let attacked = attack_empty(&empty, &reader, &key, extent).await?;

    let mut checks = Checks::default();
    let [server, handler] = &halves;
    let what = format!(
        "all attacks for {:.0} s, {per_second} verifications a second: those that fail",
        took.as_secs_f64()
    );
    checks.none_of(what, &server.failures, server.count());
    let what = "connections of the client ended and opened again";
    checks.show(what, server.reopened);
    show_latencies(&mut checks, "the server", server);
    show_latencies(&mut checks, "an empty handler beside it", handler);
    if let Some(attacked) = &attacked {
        let whose = "an empty handler under the same attack";
        show_latencies(&mut checks, whose, attacked);
        let failed = format!("{} of {}", attacked.failures.len(), attacked.count());
        checks.show(format!("verifications that fail at {whose}"), failed);
    } else if !extent.is_quick {
        let seen = "broken off: it takes all memory there is";
        checks.show("an empty handler under the same attack", seen);
    }
    let [of_server, of_handler] =
        [server, handler].map(|half| half.latencies.milliseconds_at(99.0));
    let ratio = of_server / of_handler;
    let is_judged = !extent.is_quick;
    let what = "p99 at the server, by that of the handler beside it";
    checks.at_most_if(is_judged, what, ratio, RATIO_LIMIT, "times");
    let [of_server, of_attack] = times;
    let seconds = format!("{:.0} and {:.0} s", of_server?, of_attack?);
    checks.show("processor time of the server and of the attack", seconds);
    let before = memory.before();
    let seen = format!("{before:.0} and {:.0} MB", before + growth);
    checks.show("memory before, and at its peak", seen);
    let what = "memory 5 s after the end, above before";
    checks.at_most(what, kept, KEPT_LIMIT, "MB");
    checks.right("a well-behaved client afterwards", &after);
    Ok(checks)
}

/// Starts the handler that does nothing.
async fn start_empty(target: &Target) -> Result<Server> {
    let command = Command::new(std::env::current_exe()?);
    let log = target.database.folder().join("log-of-empty-handler");
    let mut server = Server::spawn(command, free_address()?, log)?;
    server.until_ready().await?;
    Ok(server)
}

fn show_latencies(checks: &mut Checks, whose: &str, half: &Verified) {
    let [p50, p99, p999] =
        [50.0, 99.0, 99.9].map(|percent| half.latencies.milliseconds_at(percent));
    let seen = format!("{p50:.2}, {p99:.2}, {p999:.2} ms");
    checks.show(format!("latency at {whose}: p50, p99, p99.9"), seen);
}

/// Attacks the handler that does nothing, as far as it lasts, and verifies there;
/// not when it is to be quick.
async fn attack_empty(
    empty: &Server,
    reader: &MadeKey,
    key: &MadeKey,
    extent: Extent,
) -> Result<Option<Verified>> {
    if extent.is_quick {
        return Ok(None);
    }
    let memory = MemoryWatch::start(empty.process())?;
    let mut attackers = start_attackers(empty.address(), reader, extent.divisor);
    let mut seen = Ok(None);
    let measured = async {
        sleep(UNTIL_FULL).await;
        seen = turn(empty.address(), key, PER_SECOND, extent.turn)
            .await
            .map(Some);
    };
    memory.unless_beyond(measured).await;
    attackers.shutdown().await;
    seen
}

/// Verifies for a time.
async fn turn(to: SocketAddr, key: &MadeKey, per_second: u32, time: Duration) -> Result<Verified> {
    let key = key.value.clone();
    spawn_blocking(move || verify(to, &key, per_second, time)).await?
}

/// Starts all attacks, each from several addresses.
fn start_attackers(to: SocketAddr, reader: &MadeKey, divisor: usize) -> JoinSet<()> {
    let mut attackers = JoinSet::new();
    let blocks = blocks(&reader.value);
    for number in 0..FLOODS / divisor {
        let block = Arc::clone(&blocks[number % blocks.len()]);
        attackers.spawn(again_and_again(move || {
            flood(to, source(number), Arc::clone(&block))
        }));
    }
    for number in 0..HALF_HEADS / divisor {
        attackers.spawn(half_heads(to, source(number)));
    }
    for number in 0..LARGE / divisor {
        let path = large::PATHS[number % large::PATHS.len()];
        let key = reader.value.clone();
        attackers.spawn(again_and_again(move || {
            ask_and_wait(to, source(number), path, key.clone())
        }));
    }
    for number in 0..HELD_BACK / divisor {
        let key = reader.value.clone();
        attackers.spawn(again_and_again(move || {
            hold_back(to, source(number), key.clone())
        }));
    }
    attackers.spawn(again_and_again(move || {
        ask_often(to, source(1), JUNK_INTERVAL, junk)
    }));
    attackers.spawn(again_and_again(move || {
        ask_often(to, source(2), WRONG_INTERVAL, wrong_password)
    }));
    attackers
}

async fn again_and_again<F: Future<Output = ()>>(attack: impl Fn() -> F) {
    loop {
        attack().await;
        sleep(AGAIN).await;
    }
}

/// Holds back the body of a write until the server gives up.
async fn hold_back(to: SocketAddr, from: Ipv4Addr, key: String) {
    let request = Request::post("/v2/api-keys", &json!({"name": "held"}));
    let request = request.by(Credentials::Key(&key)).to_http();
    if let Ok(mut wire) = Wire::open(to, from).await
        && wire.send(&request[..request.len() - 1]).await.is_ok()
    {
        let _ = wire.until_closed(b"", Duration::from_secs(15)).await;
    }
}

/// Sends requests at intervals on one connection, until it ends.
async fn ask_often(to: SocketAddr, from: Ipv4Addr, interval: Duration, request: fn(u64) -> String) {
    let Ok(mut wire) = Wire::open(to, from).await else {
        return;
    };
    for number in 0.. {
        let sent = wire.send(request(number)).await;
        if sent.is_err() || wire.answer().await.is_err() {
            return;
        }
        sleep(interval).await;
    }
}

fn junk(number: u64) -> String {
    let key = format!("gpustack_{number:016x}_{number:032x}");
    let verify = Request::get("/auth/verify");
    verify.by(Credentials::Key(&key)).to_http()
}

fn wrong_password(number: u64) -> String {
    let (name, password) = (format!("nobody-{number}"), format!("Wr0ng_{number}"));
    let by = Credentials::Password(&name, &password);
    Request::get("/v2/users/me").by(by).to_http()
}
