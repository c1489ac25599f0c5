//! Row 5: what `/readyz` says while a server cannot do its work.

use super::{
    aside::{Aside, start_postgres},
    timed::Timed,
};
use crate::{
    report::Checks,
    target::{Attack, Target},
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::{
    fs,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use xtask_harness::{
    database::{Kind, run_on_postgres},
    request::Request,
    server::ADMIN,
    usage::limit_files,
};

/// How soon it must say so, with a second for the question, and when it is given up.
const LIMIT: Duration = Duration::from_secs(6);
const PATIENCE: Duration = Duration::from_secs(12);

/// How soon it must say that all is well again.
const RECOVERY_LIMIT: Duration = Duration::from_secs(10);

/// For how long a table is locked.
const LOCKED: &str =
    "BEGIN; LOCK TABLE nodes IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(13); COMMIT";

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(3);
const INTERVAL: Duration = Duration::from_millis(100);

/// How many keys there are: the log of the database is then larger than that of the
/// server, which must still be written.
const KEYS: usize = 30;

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let mut checks = Checks::default();
    match attack.engine.kind() {
        Kind::Sqlite => full_disk(attack, &mut checks).await?,
        Kind::Postgres => {
            locked(attack, &mut checks).await?;
            read_only(attack, &mut checks).await?;
        }
    }
    Ok(checks)
}

/// No file may become larger.
async fn full_disk(attack: &Attack, checks: &mut Checks) -> Result<()> {
    // A write beyond the limit then fails, as on a full disk, and is no signal.
    let target = attack.start_in_shell("trap '' XFSZ").await?;
    for number in 0..KEYS {
        let name = json!({"name": format!("key {number}")});
        target.make_key(ADMIN, None, &name).await?;
    }
    let log = target.database.url().replace("sqlite://", "") + "-wal";
    let size = fs::metadata(&log)
        .with_context(|| format!("no file {log}"))?
        .len();
    let process = target.server.process();
    limit_files(process, Some(size))?;
    observe(&target, checks, "a full disk", &["write"]).await;
    limit_files(process, None)?;
    recover(&target, checks, "a full disk").await;
    Ok(())
}

/// The table of the leases cannot be written.
async fn locked(attack: &Attack, checks: &mut Checks) -> Result<()> {
    let target = attack.start().await?;
    let statements = [LOCKED];
    let lock = run_on_postgres(target.database.url(), &statements);
    let observed = async {
        sleep(INTERVAL).await;
        observe(&target, checks, "nodes is locked", &["lease", "feed"]).await;
    };
    let (locked, ()) = tokio::join!(lock, observed);
    locked?;
    recover(&target, checks, "nodes is locked").await;
    Ok(())
}

/// The server takes no writes.
async fn read_only(attack: &Attack, checks: &mut Checks) -> Result<()> {
    let postgres = Aside::make(start_postgres).await?;
    let url = postgres.run(|cluster| Ok(cluster.url())).await?;
    let target = attack.start_node(&url, &[]).await?;
    let set = async |value: &str| {
        let own = "SET default_transaction_read_only = off".to_owned();
        let all = format!("ALTER SYSTEM SET default_transaction_read_only = {value}");
        let statements = [own, all, "SELECT pg_reload_conf()".to_owned()];
        run_on_postgres(&url, &statements).await
    };
    set("on").await?;
    observe(&target, checks, "PostgreSQL is read-only", &["write"]).await;
    set("off").await?;
    recover(&target, checks, "PostgreSQL is read-only").await;
    Ok(())
}

/// Adds how soon `/readyz` is 503, and whether it names one of some parts by then, or
/// by the time by which it must be so.
async fn observe(target: &Target, checks: &mut Checks, fault: &str, parts: &[&str]) {
    let begun_at = Instant::now();
    let took = until(target, 503, PATIENCE).await;
    let what = format!("{fault}: until /readyz is 503");
    checks.at_most(what, took.as_secs_f64(), LIMIT.as_secs_f64(), "s");
    let is_meant = |name: &String| parts.contains(&name.as_str());
    let failed = loop {
        let verbose = Timed::send(target, &Request::get("/readyz?verbose"), ANSWER).await;
        let failed = failed_parts(&verbose.body);
        if failed.iter().any(is_meant) || begun_at.elapsed() > LIMIT {
            break failed;
        }
        sleep(INTERVAL).await;
    };
    let is_named = failed.iter().any(is_meant);
    let seen = if failed.is_empty() {
        "nothing".to_owned()
    } else {
        failed.join(", ")
    };
    let what = format!("{fault}: what ?verbose names");
    checks.must(what, seen, parts.join(" or "), is_named);
}

/// Adds how soon `/readyz` is 200 again.
async fn recover(target: &Target, checks: &mut Checks, fault: &str) {
    let took = until(target, 200, 2 * RECOVERY_LIMIT).await;
    let what = format!("{fault} no longer: until /readyz is 200");
    checks.at_most(what, took.as_secs_f64(), RECOVERY_LIMIT.as_secs_f64(), "s");
}

/// Asks `/readyz` until it is answered so, or for as long as one has patience, and
/// returns how long that took.
async fn until(target: &Target, status: u16, patience: Duration) -> Duration {
    let started = Instant::now();
    loop {
        let ready = Timed::send(target, &Request::get("/readyz"), ANSWER).await;
        if ready.is(status) || started.elapsed() > patience {
            return started.elapsed();
        }
        sleep(INTERVAL).await;
    }
}

/// Returns the names of those parts that are not well, as far as there are parts.
fn failed_parts(body: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let parts = body["parts"].as_object().into_iter().flatten();
    let failed = parts.filter(|(_, part)| part["status"] != "ok");
    failed.map(|(name, _)| name.clone()).collect()
}
