//! What is refused while a node of an earlier release lives, and what is not.

use crate::{
    changes::Outcome,
    kinds::Kind,
    nodes::COUNT,
    records::{key_fact, key_value},
    revocable::{Change, MadeKey},
    rights::Reply,
    tables::numbered,
    test_cluster::TestCluster,
};
use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::sleep;
use xtask_harness::request::Request;

/// What the answer says.
pub(super) const REFUSAL: &str = "upgrade all nodes first";

/// An expiry that is a change and ends nothing yet.
const LATER: &str = "2099-01-31T00:00:00Z";
const EARLIER: &str = "2098-01-31T00:00:00Z";

/// How long a node may take until others know of it, or of its end.
const LIMIT: Duration = Duration::from_secs(20);

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Sees that what takes a right away in a new way, and a new name, is refused through a
/// node with its reason, and that the key goes on everywhere. What every release knows is
/// done.
pub(super) async fn see_refused(cluster: &TestCluster, node: usize) -> Result<()> {
    let key = cluster.make_admin_key(node, Kind::Disabled).await?;
    let (path, fact) = (format!("/v2/api-keys/{}", key.id), key_fact(&key.name));
    let right = cluster.revocable(Kind::Disabled, &key).right;
    let patch = |json| cluster.admin.request(Method::PATCH, &path).json(&json);
    let post = |call, json| {
        let path = format!("{path}/{call}");
        cluster.admin.request(Method::POST, &path).json(&json)
    };
    let rotate = |json| post("rotate", json);
    let shown = async || {
        let request = cluster.admin.request(Method::GET, &path);
        let shown = cluster.send(node, &request).await;
        let (_, shown) = numbered(shown.expect_done("a key")?)?;
        anyhow::Ok(shown)
    };
    let before = shown().await?;
    let refused = [
        ("disable it", patch(json!({"disabled": true}))),
        (
            "revoke it",
            post("revoke", json!({"reason": "compromised"})),
        ),
        ("rotate it", rotate(json!({}))),
        (
            "rotate it in a while",
            rotate(json!({"grace_period_seconds": 3_600})),
        ),
        (
            "rotate it at first use",
            rotate(json!({"activate": "first_use"})),
        ),
        ("expire it", patch(json!({"expires_at": EARLIER}))),
        (
            "rename it",
            patch(json!({"name": format!("{}-2", key.name)})),
        ),
    ];
    for (what, request) in refused {
        let change = unchanged(request);
        let outcome = cluster.change(node, &fact, &change, None).await;
        if !is_refusal(&outcome) {
            let done = format!("node {node} was asked to {what} beside an older one: {outcome:?}");
            cluster.findings.add(done);
        }
    }
    let after = shown().await?;
    if before != after {
        let changed = format!("what was refused made {after} of {before}");
        cluster.findings.add(changed);
    }
    for node in 0..COUNT {
        if cluster.probe(node, &right).await != Some(Reply::Accepted) {
            let ended = format!("node {node} does not accept a key that nothing became of");
            cluster.findings.add(ended);
        }
    }
    let allowed = [
        ("describe it", patch(json!({"description": "a key"}))),
        ("note metadata", patch(json!({"metadata": {"team": "a"}}))),
        ("enable it", patch(json!({"disabled": false}))),
        (
            "leave it without expiry",
            patch(json!({"expires_at": null})),
        ),
    ];
    for (what, request) in allowed {
        let outcome = cluster.send(node, &request).await;
        if !matches!(outcome, Outcome::Done(_)) {
            let refused = format!("node {node} did not {what} beside an older one: {outcome:?}");
            cluster.findings.add(refused);
        }
    }
    Ok(())
}

/// Waits until keys can be disabled through a node, or are refused to be, and returns how
/// long that took.
pub(super) async fn until(
    cluster: &TestCluster,
    node: usize,
    wanted: Disabling,
) -> Result<Duration> {
    let begun_at = Instant::now();
    loop {
        let key = cluster.make_admin_key(node, Kind::Disabled).await?;
        let revocable = cluster.revocable(Kind::Disabled, &key);
        let fact = &revocable.right.fact;
        let outcome = cluster
            .change(node, fact, &revocable.revocation, None)
            .await;
        let found = match outcome {
            Outcome::Done(_) => Disabling::Possible,
            outcome if is_refusal(&outcome) => Disabling::Refused,
            outcome => {
                cluster
                    .findings
                    .add(format!("node {node} is to disable: {outcome:?}"));
                wanted
            }
        };
        if found == wanted {
            return Ok(begun_at.elapsed());
        }
        if begun_at.elapsed() > LIMIT {
            let late = format!("node {node}: for {LIMIT:?} disabling is not {wanted:?}");
            cluster.findings.add(late);
            return Ok(begun_at.elapsed());
        }
        sleep(POLL_INTERVAL).await;
    }
}

/// Whether keys can be disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disabling {
    /// They can.
    Possible,
    /// Not while an older node lives.
    Refused,
}

/// Renames a key through a node, moves its expiry to and fro, and sees that all nodes go
/// on to accept it.
pub(super) async fn see_new_changes(cluster: &TestCluster, node: usize) -> Result<()> {
    let key = cluster.make_admin_key(node, Kind::Disabled).await?;
    let right = cluster.revocable(Kind::Disabled, &key).right;
    let name = format!("{}-renamed", key.name);
    rename(cluster, node, &key, &name).await?;
    let path = format!("/v2/api-keys/{}", key.id);
    for expires_at in [json!(LATER), json!(EARLIER), Value::Null] {
        let request = cluster.admin.request(Method::PATCH, &path);
        let request = request.json(&json!({"expires_at": expires_at}));
        let moved = cluster.send(node, &request).await;
        moved.expect_done("an expiry that moves")?;
    }
    for node in 0..COUNT {
        if cluster.probe(node, &right).await != Some(Reply::Accepted) {
            let refused = format!("node {node} refuses a key that was renamed");
            cluster.findings.add(refused);
        }
    }
    Ok(())
}

async fn rename(cluster: &TestCluster, node: usize, key: &MadeKey, name: &str) -> Result<()> {
    let request = cluster
        .admin
        .request(Method::PATCH, &format!("/v2/api-keys/{}", key.id));
    let request = request.json(&json!({"name": name}));
    let value = None;
    let change = Change { request, value };
    let renamed = cluster
        .change(node, &key_fact(&key.name), &change, None)
        .await;
    let renamed = renamed.expect_done("another name")?;
    anyhow::ensure!(renamed["name"] == name, "a key was not renamed: {renamed}");
    let value = key_value(&["inference"], &Value::Null);
    cluster.records.add(&key_fact(name), &value);
    Ok(())
}

/// Returns whether a change was refused because of an older node.
pub(super) fn is_refusal(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unknown(why) if why.starts_with("503") && why.contains(REFUSAL))
}

/// Returns a change after which nobody looks at the fact.
fn unchanged(request: Request) -> Change {
    let value = None;
    Change { request, value }
}
