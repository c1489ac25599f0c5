//! A node of the release before that was asleep during the update, and one that is started
//! after it, as by an operator who goes back by mistake.

use crate::{
    changes::Outcome,
    kinds::Kind,
    nodes::COUNT,
    probes::Call,
    restoration::restore,
    revocable::Revocable,
    rights::Reply,
    rolling_update::{refusals::is_refusal, secrets::see_other_secrets},
    test_cluster::TestCluster,
};
use anyhow::Result;
use reqwest::Method;
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};
use xtask_harness::request::Credentials;

/// How many keys of each kind are withdrawn.
const OF_EACH_KIND: usize = 5;

/// How long a node that was asleep is asked about them.
const WATCHED: Duration = Duration::from_secs(6);

/// How long lies between two keys that are disabled while a node starts.
const PAUSE: Duration = Duration::from_millis(20);

/// Makes keys to be withdrawn, of each kind that a node of the release before does not know
/// and that is possible, that every running node has in memory.
pub(super) async fn make_keys(
    cluster: &TestCluster,
    nodes: &[usize],
    can_be_made: impl Fn(Kind) -> bool,
) -> Result<Vec<Revocable>> {
    let mut made = Vec::new();
    let kinds = Kind::ALL.into_iter().filter(|kind| {
        let is_wanted = !kind.is_first() || *kind == Kind::Deleted;
        is_wanted && can_be_made(*kind)
    });
    for kind in kinds {
        for _ in 0..OF_EACH_KIND {
            let node = cluster.some_node();
            let key = cluster.make_admin_key(node, kind).await?;
            let by = Credentials::Key(&cluster.admin.value);
            let revocable = match kind.is_of_secret() {
                true => cluster.prepare_secret(node, kind, &key, by).await?,
                false => cluster.revocable(kind, &key),
            };
            // A question about what is pending would be its first use.
            let is_asked = kind != Kind::PendingEnded;
            for node in nodes.iter().filter(|_| is_asked) {
                cluster.probe(*node, &revocable.right).await;
            }
            made.push(revocable);
        }
    }
    Ok(made)
}

/// Withdraws keys through a node, each of which must be done.
pub(super) async fn withdraw(
    cluster: &TestCluster,
    node: usize,
    revocables: &[Revocable],
) -> Result<()> {
    for revocable in revocables {
        let outcome = cluster.revoke(node, revocable).await;
        outcome.expect_done(&format!("the end of {}", revocable.right.name))?;
    }
    Ok(())
}

/// Asks a node about keys that were withdrawn, in every way, from before it wakes up until
/// it has been awake for a while. The model knows what it must not accept.
pub(super) async fn ask_while_waking(
    cluster: &Arc<TestCluster>,
    node: usize,
    withdrawn: &[Revocable],
) -> JoinSet<()> {
    let mut asking = JoinSet::new();
    let until = Instant::now() + WATCHED;
    for revocable in withdrawn {
        for call in [Call::Gateway, Call::Backend, Call::Uncached] {
            let (cluster, right) = (Arc::clone(cluster), Arc::clone(&revocable.right));
            asking.spawn(async move {
                while Instant::now() < until {
                    cluster.probe_by(node, call, &right).await;
                    sleep(PAUSE).await;
                }
            });
        }
    }
    asking
}

/// Sees that a node refuses keys in every way.
pub(super) async fn see_all_refused(cluster: &TestCluster, node: usize, withdrawn: &[Revocable]) {
    for revocable in withdrawn {
        for call in [Call::Gateway, Call::Backend, Call::Uncached, Call::Gateway] {
            let reply = cluster.probe_by(node, call, &revocable.right).await;
            if reply != Some(Reply::Refused) {
                let name = &revocable.right.name;
                let wrong = format!("node {node} answers {call:?} about {name} with {reply:?}");
                cluster.findings.add(wrong);
            }
        }
    }
}

/// Disables one key after the other until that is over. Returns those that were, and how
/// many were refused because of an older node.
pub(super) async fn disable_until(
    cluster: Arc<TestCluster>,
    node: usize,
    is_over: Arc<AtomicBool>,
) -> Result<(Vec<Revocable>, u64)> {
    let (mut disabled, mut refused) = (Vec::new(), 0);
    while !is_over.load(Ordering::Relaxed) {
        let key = cluster.make_admin_key(node, Kind::Disabled).await?;
        let revocable = cluster.revocable(Kind::Disabled, &key);
        for node in [node, 0] {
            cluster.probe(node, &revocable.right).await;
        }
        match cluster.revoke(node, &revocable).await {
            Outcome::Done(_) => disabled.push(revocable),
            outcome if is_refusal(&outcome) => refused += 1,
            outcome => {
                let failed = format!("node {node} does not disable: {outcome:?}");
                cluster.findings.add(failed);
            }
        }
        sleep(PAUSE).await;
    }
    Ok((disabled, refused))
}

/// Makes the changes that every release knows through a node of the release before, on keys
/// of which it does not know what became.
pub(super) async fn see_older_changes(
    cluster: &Arc<TestCluster>,
    older: usize,
    withdrawn: &mut Vec<Revocable>,
) -> Result<()> {
    for revocable in withdrawn.iter().filter(|one| one.kind != Kind::Deleted) {
        let request = cluster.admin.request(Method::PUT, &revocable.key_path);
        let request = request.json(&json!({"description": "of an older node"}));
        let described = cluster.send(older, &request).await;
        described.expect_done("a description by an older node")?;
    }
    for node in 0..COUNT {
        see_all_refused(cluster, node, withdrawn).await;
        let expected = match node == older {
            true => Reply::Refused,
            false => Reply::Accepted,
        };
        see_other_secrets(cluster, node, expected, withdrawn).await;
    }
    see_names(cluster, older, withdrawn).await?;
    // Those that are enabled are accepted again, also by the older node, which cannot do it.
    cluster.window.avoid(older);
    while let Some(place) = withdrawn.iter().position(|one| one.kind == Kind::Disabled) {
        let revocable = withdrawn.swap_remove(place);
        cluster.pool.ask_about(&revocable);
        restore(cluster, revocable).await;
    }
    cluster.window.rely_on(older);
    Ok(())
}

/// Sees that a name is free for a new key of an older node once its key was revoked, and
/// not while it is disabled.
async fn see_names(cluster: &TestCluster, older: usize, withdrawn: &[Revocable]) -> Result<()> {
    for (kind, expected) in [(Kind::Disabled, 409), (Kind::Revoked, 200)] {
        let Some(revocable) = withdrawn.iter().find(|one| one.kind == kind) else {
            continue;
        };
        let json = json!({"name": revocable.right.name, "scope": ["inference"]});
        let request = cluster.admin.request(Method::POST, "/v2/api-keys");
        let status = match cluster.send(older, &request.json(&json)).await {
            Outcome::Done(answer) => {
                let path = format!("/v2/api-keys/{}", answer["id"]);
                let request = cluster.admin.request(Method::DELETE, &path);
                let deleted = cluster.send(older, &request).await;
                deleted.expect_done("a deletion by an older node")?;
                200
            }
            Outcome::Refused(status, _) => status,
            Outcome::Unknown(_) => 503,
        };
        if status != expected {
            let wrong = format!("an older node answers {status} to the name of a key, {kind:?}");
            cluster.findings.add(wrong);
        }
    }
    Ok(())
}
