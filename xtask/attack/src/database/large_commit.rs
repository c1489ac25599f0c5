//! Row 4: one commit with very many changes.

use super::timed::Timed;
use crate::{
    report::Checks,
    target::{Attack, Target},
};
use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tokio::time::sleep;
use xtask_harness::{request::Request, server::ADMIN};

/// How long two servers do nothing before: long enough that statements they repeat
/// have settled for a plan.
const CALM: Duration = Duration::from_secs(8);

/// How long it is looked on after the commit.
const AFTERWARDS: Duration = Duration::from_secs(12);

/// When a request is given up.
const PATIENCE: Duration = Duration::from_secs(40);

/// How many keys a user has who is deleted, and how many events there are without
/// one.
const KEYS: usize = 100_000;
const EVENTS: usize = 150_000;

/// How many keys of others are deleted meanwhile, and how often one is.
const OTHERS: usize = 60;
const INTERVAL: Duration = Duration::from_millis(500);

/// How often it is asked whether the lease is held.
const SAMPLES: Duration = Duration::from_millis(200);

/// The tables whose statistics stay those of an empty database.
const TABLES: [&str; 5] = ["events", "api_keys", "api_key_uses", "users", "principals"];

/// What is committed at once.
#[derive(Clone, Copy)]
enum Commit {
    /// What the deletion of a user with so many keys changes, through a server.
    Deletion(usize),
    /// So many events, straight into the database.
    Events(usize),
}

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let mut checks = Checks::default();
    if !attack.extent.is_quick {
        try_one(attack, Commit::Deletion(KEYS), &mut checks).await?;
    }
    try_one(attack, Commit::Events(EVENTS), &mut checks).await?;
    Ok(checks)
}

/// Commits all that while others delete their keys.
async fn try_one(attack: &Attack, commit: Commit, checks: &mut Checks) -> Result<()> {
    let target = attack.start().await?;
    let freeze = |table: &str| format!("ALTER TABLE {table} SET (autovacuum_enabled = off)");
    target.database.run_all(&TABLES.map(freeze)).await?;
    target.database.run_all(&["ANALYZE".to_owned()]).await?;
    let other = attack.start_node(target.database.url(), &[]).await?;
    let prepared = match commit {
        Commit::Deletion(keys) => make_user_with_keys(&target, keys).await?,
        Commit::Events(_) => delete_key(&target).await?,
    };
    let others = make_keys(&target).await?;
    sleep(CALM).await;

    let is_over = AtomicBool::new(false);
    let committed = async {
        let committed = match commit {
            Commit::Deletion(_) => delete_user(&target, prepared).await,
            Commit::Events(count) => copy_events(&target, prepared, count).await,
        };
        sleep(AFTERWARDS).await;
        is_over.store(true, Ordering::Relaxed);
        committed
    };
    let (committed, revoked, here, there) = tokio::join!(
        committed,
        revoke(&other, &others, &is_over),
        sample(&target, &is_over),
        sample(&other, &is_over)
    );
    let what = match commit {
        Commit::Deletion(keys) => format!("a user with {keys} keys is deleted"),
        Commit::Events(count) => format!("{count} events in a commit"),
    };
    checks.show(&*what, committed?);
    let (slowest, wrong, all) = revoked;
    let limit = attack.extent.revocation.as_secs_f64();
    let slowest = slowest.as_secs_f64();
    checks.at_most(
        format!("{what}: the slowest other revocation"),
        slowest,
        limit,
        "s",
    );
    checks.none_of(
        format!("{what}: other revocations not answered 200"),
        &wrong,
        all,
    );
    for (name, (lost, all)) in [("this", here), ("another", there)] {
        checks.none_of(
            format!("{what}: the lease of {name} server not held"),
            &lost,
            all,
        );
    }
    Ok(())
}

/// Makes a user and writes keys for them straight into the database. Nobody can use
/// them.
async fn make_user_with_keys(target: &Target, count: usize) -> Result<i64> {
    let user = target.make_user("collector", false).await?;
    let insert = format!(
        "INSERT INTO api_keys (name, name_folded, user_id, owner_principal_id, access_key,
                               secret_digest, scope, is_custom, expires_at, created_at, updated_at)
         SELECT 'key ' || n, 'key ' || n, users.id, principal_id, lpad(to_hex(n), 16, '0'),
                repeat('0', 64), '*', FALSE, {never}, n, n
         FROM users, generate_series(1, {count}) AS n WHERE users.id = {user}",
        never = i64::MAX
    );
    target.database.run_all(&[insert]).await?;
    Ok(user)
}

/// Makes keys of others, which are to be deleted, and returns their numbers.
async fn make_keys(target: &Target) -> Result<Vec<i64>> {
    let mut made = Vec::new();
    for number in 0..OTHERS {
        let name = json!({"name": format!("other {number}")});
        made.push(target.make_key(ADMIN, None, &name).await?.id);
    }
    Ok(made)
}

/// Deletes a user and returns how that went.
async fn delete_user(target: &Target, user: i64) -> Result<String> {
    let delete = Request::new(Method::DELETE, format!("/v2/users/{user}")).by(ADMIN);
    Ok(Timed::send(target, &delete, PATIENCE).await.to_string())
}

/// Deletes a key and returns its number.
async fn delete_key(target: &Target) -> Result<i64> {
    let name = json!({"name": "copied"});
    let key = target.make_key(ADMIN, None, &name).await?;
    let path = format!("/v2/api-keys/{}", key.id);
    target.admin(Method::DELETE, &path, &Value::Null).await?;
    Ok(key.id)
}

/// Writes events in one transaction, copies of that of a key that was deleted, and
/// returns how that went.
async fn copy_events(target: &Target, key: i64, count: usize) -> Result<String> {
    let copy = format!(
        "INSERT INTO events (kind, at, by_user_id, by_api_key_id, api_key_id, user_id,
                             principal_id, before, after)
         SELECT kind, at, by_user_id, by_api_key_id, api_key_id + n, user_id, principal_id,
                before, after
         FROM events, generate_series(1, {count}) AS n
         WHERE api_key_id = {key} AND after IS NULL"
    );
    let begun_at = Instant::now();
    target.database.run_all(&[copy]).await?;
    Ok(format!("after {:.1} s", begun_at.elapsed().as_secs_f64()))
}

/// Deletes one key after the other until it is over, and returns how long the slowest
/// took, which were not answered as they must, and how many there were.
async fn revoke(
    target: &Target,
    keys: &[i64],
    is_over: &AtomicBool,
) -> (Duration, Vec<String>, usize) {
    let (mut slowest, mut wrong, mut all) = (Duration::ZERO, Vec::new(), 0);
    for key in keys {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let delete = Request::new(Method::DELETE, format!("/v2/api-keys/{key}")).by(ADMIN);
        let revoked = Timed::send(target, &delete, PATIENCE).await;
        slowest = slowest.max(revoked.took);
        all += 1;
        if !revoked.is(200) {
            wrong.push(revoked.to_string());
        }
        sleep(INTERVAL).await;
    }
    (slowest, wrong, all)
}

/// Asks again and again whether a server holds its lease until it is over, and returns
/// each time when it did not, and how often it asked.
async fn sample(target: &Target, is_over: &AtomicBool) -> (Vec<String>, usize) {
    let (mut lost, mut all) = (Vec::new(), 0);
    while !is_over.load(Ordering::Relaxed) {
        let metrics = Timed::send(target, &Request::get("/metrics").by(ADMIN), PATIENCE).await;
        all += 1;
        if !metrics.body.contains("apikey_lease_held 1") {
            lost.push(metrics.to_string());
        }
        sleep(SAMPLES).await;
    }
    (lost, all)
}
