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
    time::Duration,
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

/// How many keys of others are deleted meanwhile, and how often one is.
const OTHERS: usize = 60;
const INTERVAL: Duration = Duration::from_millis(500);

/// How often it is asked whether the lease is held.
const SAMPLES: Duration = Duration::from_millis(200);

/// The tables whose statistics stay those of an empty database.
const TABLES: [&str; 5] = ["events", "api_keys", "api_key_uses", "users", "principals"];

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let url = target.database.url();
    let freeze = |table: &str| format!("ALTER TABLE {table} SET (autovacuum_enabled = off)");
    target.database.run_all(&TABLES.map(freeze)).await?;
    target.database.run_all(&["ANALYZE".to_owned()]).await?;
    let other = attack.start_node(url, &[]).await?;
    let count = attack.extent.keys_of_one;
    let user = make_user_with_keys(&target, count).await?;
    let others = make_keys(&target).await?;
    sleep(CALM).await;

    let is_over = AtomicBool::new(false);
    let deletion = async {
        let delete = Request::new(Method::DELETE, format!("/v2/users/{user}")).by(ADMIN);
        let deleted = Timed::send(&target, &delete, PATIENCE).await;
        // One that was not deleted has no changes that others could read.
        let copied = if deleted.is(200) {
            Ok(())
        } else {
            copy_events(&target, count).await
        };
        sleep(AFTERWARDS).await;
        is_over.store(true, Ordering::Relaxed);
        copied.map(|()| deleted)
    };
    let (deleted, slowest, here, there) = tokio::join!(
        deletion,
        revoke(&other, &others, &is_over),
        sample(&target, &is_over),
        sample(&other, &is_over)
    );

    let mut checks = Checks::default();
    let (slowest, wrong, all) = slowest;
    let what = format!("a user with {count} keys is deleted");
    checks.show(&*what, deleted?);
    let limit = attack.extent.revocation.as_secs_f64();
    let what = "meanwhile: the slowest revocation of another";
    checks.at_most(what, slowest.as_secs_f64(), limit, "s");
    checks.none_of(
        "meanwhile: revocations of others not answered 200",
        &wrong,
        all,
    );
    for (name, (lost, all)) in [("that deletes", here), ("another", there)] {
        let what = format!("meanwhile: the lease of the server {name} not held");
        checks.none_of(what, &lost, all);
    }
    Ok(checks)
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

/// Writes as many events as such a deletion does, in one transaction: copies of that
/// of a key that is deleted.
async fn copy_events(target: &Target, count: usize) -> Result<()> {
    let key = target
        .make_key(ADMIN, None, &json!({"name": "copied"}))
        .await?;
    let path = format!("/v2/api-keys/{}", key.id);
    target.admin(Method::DELETE, &path, &Value::Null).await?;
    let copy = format!(
        "INSERT INTO events (kind, at, by_user_id, by_api_key_id, api_key_id, user_id,
                             principal_id, before, after)
         SELECT kind, at, by_user_id, by_api_key_id, api_key_id + n, user_id, principal_id,
                before, after
         FROM events, generate_series(1, {count}) AS n
         WHERE api_key_id = {id} AND after IS NULL",
        id = key.id
    );
    target.database.run_all(&[copy]).await
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
