//! More connections with half a head than the server has descriptors.

use crate::{
    report::Checks,
    target::{Attack, Target, source},
    wire::Wire,
};
use anyhow::{Result, ensure};
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use xtask_harness::latencies::Latencies;

/// How many files the server may have open.
const FILES: u32 = 1_024;

/// How many connections there are at a time.
const CONNECTIONS: usize = 1_100;

/// How long the attack goes on before a well-behaved client comes.
const UNTIL_FULL: Duration = Duration::from_secs(2);

/// How often the well-behaved client opens a connection.
const INTERVAL: Duration = Duration::from_millis(50);

/// Within which time each of its requests must be answered.
const LIMIT_MILLISECONDS: f64 = 2_000.0;

/// What the well-behaved client saw.
pub(super) struct Lockout(Vec<(usize, Latencies, Vec<String>)>);

/// Attacks from many addresses, and from one.
pub(super) async fn run(attack: &Attack) -> Result<Lockout> {
    let mut seen = Vec::new();
    for addresses in [100, 1] {
        let target = attack.start_with_files(FILES).await?;
        let mut attackers = JoinSet::new();
        for number in 0..CONNECTIONS {
            attackers.spawn(half_heads(target.address(), source(number % addresses)));
        }
        tokio::time::sleep(UNTIL_FULL).await;
        let (latencies, failures) = observe(&target, attack.extent.lockout).await;
        attackers.shutdown().await;
        seen.push((addresses, latencies, failures));
    }
    Ok(Lockout(seen))
}

/// Sends whole requests followed by half a head, again whenever the connection is
/// ended.
pub(crate) async fn half_heads(to: SocketAddr, from: Ipv4Addr) {
    let request = "GET /healthz HTTP/1.1\r\nhost: attack\r\n\r\n";
    loop {
        if let Ok(mut wire) = Wire::open(to, from).await {
            // Whatever fails here, the next connection follows.
            let _ = wire.send(request).await;
            if wire.answer().await.is_ok() && wire.send("G").await.is_ok() {
                let _ = wire.until_closed(b"", Duration::MAX).await;
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Opens connections for a time, each with a request, as a well-behaved client.
async fn observe(target: &Target, time: Duration) -> (Latencies, Vec<String>) {
    let (mut latencies, mut failures) = (Latencies::default(), Vec::new());
    let started = Instant::now();
    while started.elapsed() < time {
        let sent_at = Instant::now();
        if let Err(error) = one_request(target).await {
            failures.push(format!("{error:#}"));
        }
        latencies.add(sent_at.elapsed());
        tokio::time::sleep(INTERVAL).await;
    }
    (latencies, failures)
}

async fn one_request(target: &Target) -> Result<()> {
    let mut wire = target.wire().await?;
    wire.send("GET /readyz HTTP/1.1\r\nhost: attack\r\n\r\n")
        .await?;
    let status = wire.answer().await?.status;
    ensure!(status == 200, "/readyz is answered {status}");
    Ok(())
}

// === impl Lockout ===

impl Lockout {
    pub(super) fn report(&self, checks: &mut Checks, attack: &Attack) {
        let limit = LIMIT_MILLISECONDS;
        for (addresses, latencies, failures) in &self.0 {
            let what = format!(
                "{CONNECTIONS} half heads from {addresses} addresses, {FILES} descriptors: another's requests that fail"
            );
            let count = usize::try_from(latencies.count()).unwrap_or(usize::MAX);
            checks.none_of(what, failures, count);
            let slowest = latencies.milliseconds_at(100.0);
            let is_judged = !attack.extent.is_quick;
            checks.at_most_if(is_judged, "the slowest of them", slowest, limit, "ms");
        }
    }
}
