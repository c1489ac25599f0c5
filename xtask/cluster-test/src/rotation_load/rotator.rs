//! Who rotates a key, and sees that its old secret ends.

use crate::{
    changes::Outcome,
    kinds::Kind,
    nodes::COUNT,
    probes::Call,
    records::{key_fact, key_value},
    revocable::MadeKey,
    revokers::see_end,
    rights::{Reply, Right},
    rotation_load::clients::{Offer, SharedKey},
    secrets::Secrets,
    test_cluster::TestCluster,
};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use xtask_harness::{close_expiry::CloseExpiry, expectation::Expectation, lock::locked};

/// How long before the end of a grace period all clients have taken up the new secret: the
/// last use of the old one must have been sent.
const MARGIN: Duration = Duration::from_millis(300);

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How long a new secret may wait for its first use.
const USE_LIMIT: Duration = Duration::from_secs(5);

/// Who rotates a key.
pub(super) struct Rotator {
    cluster: Arc<TestCluster>,
    key: MadeKey,
    shared: Arc<SharedKey>,
    grace: u64,
    rotations: u32,
}

// === impl Rotator ===

impl Rotator {
    /// Makes a key that is to be rotated so often.
    pub(super) async fn create(
        cluster: &Arc<TestCluster>,
        grace: u64,
        rotations: u32,
    ) -> Result<Self> {
        let key = cluster
            .make_admin_key(cluster.some_node(), Kind::Rotated)
            .await?;
        let shared = Arc::new(SharedKey::new(&right_of(&key)));
        Ok(Self {
            cluster: Arc::clone(cluster),
            key,
            shared,
            grace,
            rotations,
        })
    }

    /// Returns what its clients know of the key.
    pub(super) fn shared(&self) -> Arc<SharedKey> {
        Arc::clone(&self.shared)
    }

    /// Rotates the key again and again, at once and at first use in turns.
    pub(super) async fn work(mut self, offset: Duration) -> Result<()> {
        sleep(offset).await;
        for round in 0..self.rotations {
            let end = match round % 2 {
                0 => self.rotate().await?,
                _ => self.rotate_at_first_use().await?,
            };
            self.see_old_one_end(&end).await;
        }
        Ok(())
    }

    /// Lets a new secret take the place of the old one, and returns when that one ends.
    async fn rotate(&mut self) -> Result<CloseExpiry> {
        let old = locked(&self.shared.offer).new.clone();
        let answer = self.send_rotation(&old, "now").await?;
        let secrets = self.key.secrets.rotated(false);
        let end = end_of(&answer, self.key.secrets.active)?;
        old.expectation
            .settle_turn(Reply::Refused, Reply::Accepted, &end.turn);
        let left = end.turn.start().saturating_duration_since(Instant::now());
        self.offer(old, answer, secrets, left)?;
        Ok(end)
    }

    /// Makes a new secret that takes the place of the old one when one of the clients uses
    /// it, and returns when the old one ends then.
    async fn rotate_at_first_use(&mut self) -> Result<CloseExpiry> {
        let old = locked(&self.shared.offer).new.clone();
        let active = self.key.secrets.active;
        let answer = self.send_rotation(&old, "first_use").await?;
        let secrets = self.key.secrets.awaiting();
        self.offer(
            old.clone(),
            answer,
            secrets,
            Duration::from_secs(self.grace),
        )?;
        let offered_at = Instant::now();
        let used = loop {
            let request = self.cluster.admin.request(Method::GET, &self.key.path());
            let node = self.cluster.some_node();
            let shown = self.cluster.send(node, &request).await;
            let shown = shown.expect_done("a key that is rotated")?;
            if Secrets::of_api(&shown)?.active != active {
                break shown;
            }
            ensure!(offered_at.elapsed() < USE_LIMIT, "nobody uses a new secret");
            sleep(POLL_INTERVAL).await;
        };
        self.key.secrets = secrets.used_first();
        self.settle(&used)?;
        let end = end_of(&used, active)?;
        old.expectation
            .settle_turn(Reply::Refused, Reply::Accepted, &end.turn);
        Ok(end)
    }

    /// Rotates the key. The old secret is accepted for the grace period at least.
    async fn send_rotation(&self, old: &Right, activate: &str) -> Result<Value> {
        let json = json!({"grace_period_seconds": self.grace, "activate": activate});
        let path = format!("{}/rotate", self.key.path());
        let request = self.cluster.admin.request(Method::POST, &path).json(&json);
        let earliest = Instant::now() + Duration::from_secs(self.grace);
        let turn = earliest..=earliest;
        old.expectation.begin_turn(Reply::Refused, &turn);
        self.cluster.records.begin(&key_fact(&self.key.name));
        let node = self.cluster.some_node();
        match self.cluster.send(node, &request).await {
            Outcome::Done(answer) => Ok(answer),
            outcome => outcome.expect_done(&format!("a rotation by node {node}")),
        }
    }

    /// Gives the new secret to the clients, who take it up within a time.
    fn offer(
        &mut self,
        old: Arc<Right>,
        answer: Value,
        secrets: Secrets,
        within: Duration,
    ) -> Result<()> {
        self.key.secrets = secrets;
        self.settle(&answer)?;
        self.key.value = MadeKey::read(answer, self.key.user)?.value;
        if secrets.pending.is_some() {
            // The first use will be a change, too.
            self.cluster.records.begin(&key_fact(&self.key.name));
        }
        let mut offer = locked(&self.shared.offer);
        *offer = Offer {
            round: offer.round + 1,
            old,
            new: right_of(&self.key),
            since: Instant::now(),
            within: within.saturating_sub(MARGIN),
        };
        Ok(())
    }

    /// Records what a node shows of the key, which must be what was done.
    fn settle(&self, shown: &Value) -> Result<()> {
        let (found, expected) = (Secrets::of_api(shown)?, self.key.secrets);
        if found != expected {
            let wrong = format!("{} has {found:?} and not {expected:?}", self.key.name);
            self.cluster.findings.add(wrong);
        }
        let value = key_value(&self.key.scope(), &Value::Null) + &found.suffix();
        let fact = key_fact(&self.key.name);
        self.cluster.records.settle(&fact, Some(&value));
        Ok(())
    }

    /// Asks all nodes about the old secret until it has ended, and in every way then.
    async fn see_old_one_end(&self, end: &CloseExpiry) {
        let old = locked(&self.shared.offer).old.clone();
        let ask = async |node| {
            see_end(&self.cluster, node, &old, *end.turn.start()).await;
            for call in [Call::Gateway, Call::Backend, Call::Uncached] {
                self.cluster.probe_by(node, call, &old).await;
            }
        };
        const { assert!(COUNT == 3, "each node is asked by name") };
        tokio::join!(ask(0), ask(1), ask(2));
        // Who verifies all the time asks about it for a while still.
        self.cluster.pool.retire(&old);
    }
}

/// Returns the right of a key's newest secret, which is never refused until it ends.
fn right_of(key: &MadeKey) -> Arc<Right> {
    let number = key.secrets.pending.unwrap_or(key.secrets.active);
    Arc::new(Right {
        name: format!("{}, secret {number}", key.name),
        key: key.value.clone(),
        fact: key_fact(&key.name),
        granted: String::new(),
        model: None,
        is_never_refused: true,
        ends_by_clock: true,
        expectation: Expectation::new(Reply::Accepted),
    })
}

/// Returns when the credential of a number ends.
fn end_of(key: &Value, number: i64) -> Result<CloseExpiry> {
    let mut credentials = key["credentials"].as_array().into_iter().flatten();
    let old = credentials.find(|one| one["id"] == number);
    let ends_at = old.and_then(|old| old["expires_at"].as_str());
    CloseExpiry::at(ends_at.context("the old secret has no end")?)
}
