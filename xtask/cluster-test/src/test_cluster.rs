//! What all parts of the test share while the nodes run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use xtask_harness::request::Request;

use crate::changes::{ChangeSender, Outcome, number, text, with_key};
use crate::fault_window::FaultWindow;
use crate::findings::Findings;
use crate::measured::Measured;
use crate::pool::Pool;
use crate::prober::Prober;
use crate::records::{Records, key_fact, key_says};
use crate::revocable::{Kind, MadeKey, Revocable};

/// What all parts of the test share.
pub(crate) struct TestCluster {
    /// What may fail at the moment.
    pub(crate) window: Arc<FaultWindow>,
    /// What was wrong.
    pub(crate) findings: Arc<Findings>,
    /// Asks about rights.
    pub(crate) prober: Prober,
    /// Makes changes.
    pub(crate) changes: ChangeSender,
    /// What the database must hold.
    pub(crate) records: Records,
    /// What can be revoked.
    pub(crate) pool: Pool,
    /// What was measured in this phase.
    pub(crate) measured: Mutex<Measured>,
    /// Of the platform's administrator, for every change.
    pub(crate) admin: MadeKey,
    /// Of a user who is nobody special, for creations.
    pub(crate) user: MadeKey,
    /// How many rights of each kind there are.
    pub(crate) of_each_kind: usize,
    /// Counts what needs a number of its own.
    pub(crate) numbers: AtomicU64,
}

// === impl TestCluster ===

impl TestCluster {
    /// Returns a number that nothing else has.
    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns one of the nodes that can be relied on, in turns.
    pub(crate) fn some_node(&self) -> usize {
        let reliable = self.window.reliable();
        let turn = usize::try_from(self.next_number()).unwrap_or_default();
        reliable[turn % reliable.len()]
    }

    /// Makes a key of the administrator's, and records what is known of that.
    pub(crate) async fn make_admin_key(&self, node: usize, kind: Kind) -> Result<MadeKey> {
        let name = format!("{}-{}", kind.label(), self.next_number());
        let request = with_key(Method::POST, "/v2/api-keys", &self.admin.value);
        let asked = KeyRequest {
            name: &name,
            scope: kind.scope(),
            models: kind.models(),
        };
        let outcome = asked.send(self, node, request).await;
        MadeKey::read(&outcome.expect_done("a creation")?, &self.admin)
    }

    /// Adds another right of a kind that concerns no people.
    pub(crate) async fn replenish(&self, node: usize, kind: Kind) -> Result<()> {
        let key = self.make_admin_key(node, kind).await?;
        self.pool.add(Revocable::of(kind, &key));
        Ok(())
    }
}

/// What is asked of a creation.
pub(crate) struct KeyRequest<'a> {
    /// The new key's name.
    pub(crate) name: &'a str,
    /// Its scope.
    pub(crate) scope: &'a [&'a str],
    /// Its models.
    pub(crate) models: Value,
}

// === impl KeyRequest ===

impl KeyRequest<'_> {
    /// Sends it as the body of a request, and records what is known then.
    pub(crate) async fn send(
        self,
        cluster: &TestCluster,
        node: usize,
        request: Request,
    ) -> Outcome {
        self.send_with(&cluster.changes, &cluster.records, node, request)
            .await
    }

    /// Does so while there is no cluster yet.
    pub(crate) async fn send_with(
        self,
        changes: &ChangeSender,
        records: &Records,
        node: usize,
        request: Request,
    ) -> Outcome {
        let body = json!({
            "name": self.name, "scope": self.scope, "allowed_model_names": self.models,
        });
        let fact = key_fact(self.name);
        records.begin(&fact);
        let outcome = changes.send(node, request.json(&body)).await;
        match &outcome {
            Outcome::Done(_) => {
                let says = key_says(self.scope, &self.models);
                records.settle(&fact, Some(&says));
            }
            Outcome::Refused(..) => records.settle(&fact, None),
            Outcome::Unknown(_) => {}
        }
        outcome
    }
}

// === impl MadeKey ===

impl MadeKey {
    /// Reads the answer to a creation; the user and the organization are those
    /// of another key.
    pub(crate) fn read(answer: &Value, like: &Self) -> Result<Self> {
        Ok(Self {
            id: number(answer, "id")?,
            name: text(answer, "name")?,
            value: text(answer, "value")?,
            created_at: text(answer, "created_at")?,
            ..like.clone()
        })
    }
}
