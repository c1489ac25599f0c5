//! Gives rights back, so that a small stock lasts for many revocations.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::cluster_test::locked;
use crate::cluster_test::manager::{Outcome, with_key};
use crate::cluster_test::nodes::COUNT;
use crate::cluster_test::records::key_fact;
use crate::cluster_test::rights::{GIVING_BACK, Reply};
use crate::cluster_test::scene::Scene;
use crate::cluster_test::subjects::{Kind, Subject};

/// How often a node is asked whether it knows of a right that was given back.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Gives a right back, or makes another in its place when it is gone for good.
pub(super) async fn give_back(scene: &Scene, subject: Subject) {
    let mark = scene.weather.mark();
    let node = scene.some_node();
    let Some(request) = subject.restoration(&scene.admin.value) else {
        scene.stock.bury(&subject);
        if let Err(error) = scene.replenish(node, subject.kind).await
            && scene.weather.was_calm_since(mark)
        {
            scene.findings.add(format!("in calm, {error:#}"));
        }
        return;
    };
    subject.right.begin();
    scene.records.begin(&subject.fact);
    match scene.manager.send(node, request).await {
        Outcome::Done(_) => {}
        // Only after an unknown outcome, and it says the same as success.
        Outcome::Refused(409, _) if subject.kind == Kind::MemberRemoved => {}
        outcome => {
            if scene.weather.was_calm_since(mark) {
                let name = &subject.right.name;
                let failed = format!("node {node} failed to give {name} back in calm: {outcome:?}");
                scene.findings.add(failed);
            }
            scene.stock.set_aside(subject);
            return;
        }
    }
    subject.right.grant();
    let says = subject.says_granted();
    scene.records.settle(&subject.fact, Some(&says));
    let answered_at = Instant::now();
    tokio::join!(
        until_accepted(scene, 0, &subject, answered_at),
        until_accepted(scene, 1, &subject, answered_at),
        until_accepted(scene, 2, &subject, answered_at),
    );
    if scene.weather.was_calm_since(mark) {
        locked(&scene.figures)
            .restorations
            .add(answered_at.elapsed());
    }
    scene.stock.give_back(subject);
}

/// Decides what has an unknown outcome: gives rights back, and deletes keys that
/// were to be deleted once more.
pub(super) async fn reconcile(scene: &Scene) -> Result<()> {
    for subject in scene.stock.take_undecided() {
        if subject.kind != Kind::Deleted {
            give_back(scene, subject).await;
            continue;
        }
        let request = subject.revocation(&scene.admin.value);
        scene.records.begin(&subject.fact);
        match scene.manager.send(scene.some_node(), request).await {
            Outcome::Done(_) | Outcome::Refused(404, _) => {}
            outcome => drop(outcome.expect_done("a deletion that is repeated")?),
        }
        subject.right.revoke();
        scene.records.settle(&subject.fact, None);
        give_back(scene, subject).await;
    }
    while scene.stock.count(Kind::Deleted) < scene.of_each_kind {
        scene.replenish(scene.some_node(), Kind::Deleted).await?;
    }
    Ok(())
}

/// Makes a key and deletes it, through one node.
///
/// # Errors
///
/// When one of the two is not acknowledged.
pub(super) async fn revoke_another(scene: &Scene, node: usize) -> Result<Duration> {
    let key = scene.make_admin_key(node, Kind::Deleted).await?;
    let fact = key_fact(&key.name);
    let path = format!("/v2/api-keys/{}", key.id);
    scene.records.begin(&fact);
    let sent_at = Instant::now();
    let request = with_key("DELETE", &path, &scene.admin.value);
    let outcome = scene.manager.send(node, request).await;
    let took = sent_at.elapsed();
    outcome.expect_done("a deletion")?;
    scene.records.settle(&fact, None);
    Ok(took)
}

/// Waits until a node accepts a right that was given back; the model reports it
/// when that takes too long in calm.
async fn until_accepted(scene: &Scene, node: usize, subject: &Subject, answered_at: Instant) {
    const { assert!(COUNT == 3, "each node is asked by name") };
    while answered_at.elapsed() < GIVING_BACK + POLL_INTERVAL * 4 {
        let reply = scene.asker.ask_once(node, &subject.right).await;
        // A node that cannot know is waited for elsewhere.
        if matches!(reply, Some(Reply::Accepted | Reply::Unavailable) | None) {
            return;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
