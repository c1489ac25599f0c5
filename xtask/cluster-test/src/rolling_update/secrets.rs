//! Keys that were rotated before a node of the release before is started: what it answers to
//! their secrets, and what cannot become of them beside it.

use crate::{
    changes::Outcome, kinds::Kind, nodes::COUNT, probes::Call, revocable::Revocable, rights::Reply,
    secrets::Secrets, test_cluster::TestCluster,
};
use anyhow::Result;
use reqwest::Method;
use xtask_harness::request::Credentials;

/// How many keys there are of each kind: one for each way to use a secret for the first
/// time.
const OF_EACH_KIND: usize = 3;

/// Rotates keys, so that a secret of each can be ended or used for the first time later.
pub(super) async fn rotate_some(cluster: &TestCluster, node: usize) -> Result<Vec<Revocable>> {
    let mut rotated = Vec::new();
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.needs_rotation());
    for kind in kinds {
        for _ in 0..OF_EACH_KIND {
            let key = cluster.make_admin_key(node, kind).await?;
            let by = Credentials::Key(&cluster.admin.value);
            rotated.push(cluster.prepare_secret(node, kind, &key, by).await?);
        }
    }
    Ok(rotated)
}

/// Sees that no secret ends, and none is used for the first time, through a node beside an
/// older one, and that nothing became of the keys then.
pub(super) async fn see_unchanged(
    cluster: &TestCluster,
    node: usize,
    older: usize,
    rotated: &[Revocable],
) -> Result<()> {
    for revocable in rotated {
        let (kind, right) = (revocable.kind, &revocable.right);
        let before = secrets(cluster, node, revocable).await?;
        let outcome = cluster.send(node, &revocable.revocation.request).await;
        if !matches!(&outcome, Outcome::Unknown(why) if why.starts_with("503")) {
            let done = format!("node {node}, {kind:?} beside an older one: {outcome:?}");
            cluster.findings.add(done);
        }
        let after = secrets(cluster, node, revocable).await?;
        if before != after {
            let changed = format!("{} had {before:?} and has {after:?}", right.name);
            cluster.findings.add(changed);
        }
        // Another question would be another attempt to use what is pending.
        let accepted = match kind {
            Kind::PendingEnded => revocable.secret.as_ref().and_then(|one| one.other.as_ref()),
            _ => Some(right),
        };
        if let Some(right) = accepted {
            for node in (0..COUNT).filter(|node| *node != older) {
                cluster.probe_by(node, Call::Uncached, right).await;
                cluster.probe(node, right).await;
            }
        }
    }
    see_other_secrets(cluster, older, Reply::Refused, rotated).await;
    Ok(())
}

/// Sees what a node answers to the other secrets of keys one of which has ended, or is to: an
/// older node accepts none of a key that was rotated.
pub(super) async fn see_other_secrets(
    cluster: &TestCluster,
    node: usize,
    expected: Reply,
    rotated: &[Revocable],
) {
    let secrets = rotated.iter().filter_map(|one| one.secret.as_ref());
    for right in secrets.filter_map(|secret| secret.other.as_ref()) {
        for call in [Call::Gateway, Call::Backend, Call::Uncached] {
            let reply = cluster.ask(node, call, right).await;
            if reply != Some(expected) {
                let name = &right.name;
                let wrong = format!("node {node} answers {reply:?} to another secret of {name}");
                cluster.findings.add(wrong);
            }
        }
    }
}

async fn secrets(cluster: &TestCluster, node: usize, revocable: &Revocable) -> Result<Secrets> {
    let request = cluster.admin.request(Method::GET, &revocable.key_path);
    let shown = cluster.send(node, &request).await;
    Secrets::of_api(&shown.expect_done("a key that was rotated")?)
}
