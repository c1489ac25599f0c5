//! What all parts of the test share while the nodes run.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use serde_json::{Value, json};

use crate::bench::http::Request;
use crate::cluster_test::figures::Figures;
use crate::cluster_test::findings::Findings;
use crate::cluster_test::manager::{Manager, Outcome, number, text, with_key};
use crate::cluster_test::nodes::COUNT;
use crate::cluster_test::questions::Asker;
use crate::cluster_test::records::{Records, key_fact, key_says};
use crate::cluster_test::stock::Stock;
use crate::cluster_test::subjects::{Kind, MadeKey, Subject};
use crate::cluster_test::weather::Weather;

/// What all parts of the test share.
pub(super) struct Scene {
    /// Where the nodes listen.
    pub(super) addresses: [SocketAddr; COUNT],
    /// What may fail at the moment.
    pub(super) weather: Arc<Weather>,
    /// What was wrong.
    pub(super) findings: Arc<Findings>,
    /// Asks about rights.
    pub(super) asker: Asker,
    /// Makes changes.
    pub(super) manager: Manager,
    /// What the database must hold.
    pub(super) records: Records,
    /// What can be revoked.
    pub(super) stock: Stock,
    /// What was measured in this phase.
    pub(super) figures: Mutex<Figures>,
    /// Of the platform's administrator, for every change.
    pub(super) admin: MadeKey,
    /// Of a user who is nobody special, for creations.
    pub(super) user: MadeKey,
    /// How many rights of each kind there are.
    pub(super) of_each_kind: usize,
    /// Counts what needs a number of its own.
    pub(super) numbers: AtomicU64,
}

// === impl Scene ===

impl Scene {
    /// Gives a number that nothing else has.
    pub(super) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Gives one of the nodes that can be relied on, in turns.
    pub(super) fn some_node(&self) -> usize {
        let reliable = self.weather.reliable();
        let turn = usize::try_from(self.next_number()).unwrap_or_default();
        reliable[turn % reliable.len()]
    }

    /// Makes a key of the administrator's, and records what is known of that.
    pub(super) async fn make_admin_key(&self, node: usize, kind: Kind) -> Result<MadeKey> {
        let name = format!("{}-{}", kind.label(), self.next_number());
        let request = with_key("POST", "/v2/api-keys", &self.admin.value);
        let asked = KeyRequest {
            name: &name,
            scope: kind.scope(),
            models: kind.models(),
        };
        let outcome = asked.send(self, node, request).await;
        MadeKey::read(&outcome.expect_done("a creation")?, &self.admin)
    }

    /// Adds another right of a kind that concerns no people.
    pub(super) async fn replenish(&self, node: usize, kind: Kind) -> Result<()> {
        let key = self.make_admin_key(node, kind).await?;
        self.stock.add(Subject::of(kind, &key));
        Ok(())
    }
}

/// What is asked of a creation.
pub(super) struct KeyRequest<'a> {
    /// The new key's name.
    pub(super) name: &'a str,
    /// Its scope.
    pub(super) scope: &'a [&'a str],
    /// Its models.
    pub(super) models: Value,
}

// === impl KeyRequest ===

impl KeyRequest<'_> {
    /// Sends it as the body of a request, and records what is known then.
    pub(super) async fn send(self, scene: &Scene, node: usize, request: Request) -> Outcome {
        self.send_with(&scene.manager, &scene.records, node, request)
            .await
    }

    /// Does so while there is no scene yet.
    pub(super) async fn send_with(
        self,
        manager: &Manager,
        records: &Records,
        node: usize,
        request: Request,
    ) -> Outcome {
        let body = json!({
            "name": self.name, "scope": self.scope, "allowed_model_names": self.models,
        });
        let fact = key_fact(self.name);
        records.begin(&fact);
        let outcome = manager.send(node, request.json(&body.to_string())).await;
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
    pub(super) fn read(answer: &Value, like: &Self) -> Result<Self> {
        Ok(Self {
            id: number(answer, "id")?,
            name: text(answer, "name")?,
            value: text(answer, "value")?,
            created_at: text(answer, "created_at")?,
            ..like.clone()
        })
    }
}
