//! Row 6: a database that is frozen, not gone.
//!
//! All its processes are halted. The kernel still takes connections, and what is
//! sent on them.

use super::{
    aside::{Aside, start_postgres},
    timed::Timed,
};
use crate::{
    report::Checks,
    target::{Attack, MadeKey, Target},
};
use anyhow::{Result, ensure};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};
use xtask_harness::{
    request::{Credentials, Request},
    server::ADMIN,
};
use xtask_programs::postgres::Cluster;

/// How soon a verification of a gateway is answered, and anything else.
const VERIFICATION_LIMIT: Duration = Duration::from_secs(2);
const LIMIT: Duration = Duration::from_secs(30);

/// When a request is given up.
const PATIENCE: Duration = Duration::from_secs(32);

/// How soon a server ends, and when it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(10);
const STOP_PATIENCE: Duration = Duration::from_secs(20);

/// A lease is over after this.
const LEASE: Duration = Duration::from_secs(4);

/// How long a server may answer from memory, and for how long it is asked whether it
/// does.
const STALE: &str = "serve-stale:30";
const STALE_TIME: Duration = Duration::from_secs(10);
const INTERVAL: Duration = Duration::from_millis(200);

/// How long a change takes to be known everywhere.
const SETTLED: Duration = Duration::from_secs(2);

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let postgres = Aside::make(start_postgres).await?;
    let url = postgres.run(|cluster| Ok(cluster.url())).await?;
    let plain = attack.start_node(&url, &[]).await?;
    let stale = attack
        .start_node(&url, &["--on-database-loss", STALE])
        .await?;
    let key = plain
        .make_key(ADMIN, None, &json!({"name": "known"}))
        .await?;
    sleep(SETTLED).await;
    for node in [&plain, &stale] {
        let status = node.verify(&key.value).await?;
        ensure!(status == 200, "a key is answered {status}");
    }

    let mut checks = Checks::default();
    postgres.run(Cluster::freeze).await?;
    let (asked, wrong) = tokio::join!(ask(&plain, &key), disagreements(&stale, &key));
    for (what, status, limit, timed) in asked {
        timed.check(&mut checks, &format!("frozen: {what}"), status, limit);
    }
    let (wrong, all) = wrong;
    let what = format!("frozen, {STALE}: verification or /readyz other than 200");
    checks.none_of(what, &wrong, all);
    stop(plain, &mut checks).await?;
    postgres.run(Cluster::thaw).await?;
    Ok(checks)
}

/// Sends what must be answered, with what it must be answered, and when.
async fn ask(target: &Target, key: &MadeKey) -> [(&'static str, u16, Duration, Timed); 4] {
    let unknown = Credentials::Key("gpustack_0123456789abcdef_0123456789abcdef0123456789abcdef");
    let sign_in = Request::get("/v2/users/me").by(ADMIN);
    let create = Request::post("/v2/api-keys", &json!({"name": "late"})).by(ADMIN);
    let verify_unknown = Request::get("/auth/verify").by(unknown);
    let verify_known = Request::get("/auth/verify").by(Credentials::Key(&key.value));
    let send = |request| Timed::send(target, request, PATIENCE);
    let (signed_in, created, unknown, known) = tokio::join!(
        send(&sign_in),
        send(&create),
        send(&verify_unknown),
        async {
            sleep(LEASE).await;
            send(&verify_known).await
        }
    );
    [
        ("sign-in", 503, LIMIT, signed_in),
        ("create", 503, LIMIT, created),
        (
            "verification of an unknown key",
            503,
            VERIFICATION_LIMIT,
            unknown,
        ),
        (
            "verification of a known key after its lease",
            503,
            VERIFICATION_LIMIT,
            known,
        ),
    ]
}

/// Asks again and again whether a server is ready and whether it accepts a key, and
/// returns each time when one of it was not so, and how often it asked.
async fn disagreements(target: &Target, key: &MadeKey) -> (Vec<String>, usize) {
    let frozen_at = Instant::now();
    let verify = Request::get("/auth/verify").by(Credentials::Key(&key.value));
    let ready = Request::get("/readyz");
    let (mut wrong, mut all) = (Vec::new(), 0);
    while frozen_at.elapsed() < STALE_TIME {
        let asked_at = frozen_at.elapsed().as_secs_f64();
        let verified = Timed::send(target, &verify, VERIFICATION_LIMIT).await;
        let ready = Timed::send(target, &ready, VERIFICATION_LIMIT).await;
        all += 1;
        if !(verified.is(200) && ready.is(200)) {
            wrong.push(format!(
                "at {asked_at:.1} s verified {verified}, ready {ready}"
            ));
        }
        sleep(INTERVAL).await;
    }
    (wrong, all)
}

/// Stops a server while requests of all kinds are under way.
async fn stop(target: Target, checks: &mut Checks) -> Result<()> {
    let create = Request::post("/v2/api-keys", &json!({"name": "later"})).by(ADMIN);
    let list = Request::get("/v2/api-keys").by(ADMIN);
    let client = target.client().clone();
    let under_way = async {
        let both = async { tokio::join!(client.send(&create), client.send(&list)) };
        // Nothing is said of what they are answered: the server stops.
        drop(timeout(STOP_PATIENCE, both).await);
    };
    let ended = async {
        sleep(INTERVAL).await;
        target.end_within(STOP_PATIENCE).await
    };
    let ((), ended) = tokio::join!(under_way, ended);
    let took = ended?.took.unwrap_or(STOP_PATIENCE).as_secs_f64();
    checks.at_most(
        "frozen: SIGTERM to the end",
        took,
        STOP_LIMIT.as_secs_f64(),
        "s",
    );
    Ok(())
}
