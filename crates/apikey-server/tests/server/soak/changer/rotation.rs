//! Rotations: the key of a tenant gets another secret, in each way that there is.

use super::{Changer, OwnKey};
use crate::soak::model::Key;
use reqwest::Method;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use xtask_harness::close_expiry::CloseExpiry;

/// How long the old secret goes on, in seconds, where its end is waited for.
const GRACE: u64 = 1;

// === impl Changer ===

impl Changer {
    /// Gives a key another secret in place of the old one.
    pub(super) async fn rotate(&mut self) {
        let index = self.random.draw() as usize % self.keys.len();
        let own = &self.keys[index];
        let key = match self.random.draw() % 32 {
            0 => self.rotate_slowly(own).await,
            1..16 => self.rotate_at_first_use(own).await,
            _ => self.rotate_at_once(own).await,
        };
        self.keys[index].key = key;
    }

    async fn rotate_at_once(&self, own: &OwnKey) -> Arc<Key> {
        own.key.status.begin(401);
        let rotated = self.send_rotation(own, json!({})).await;
        own.key.status.settle(401);
        self.add(own, &rotated)
    }

    /// Lets the old secret go on for a while, and waits for its end.
    async fn rotate_slowly(&self, own: &OwnKey) -> Arc<Key> {
        let (status, before) = (&own.key.status, self.status_of(own));
        let earliest = CloseExpiry::ahead(Duration::from_secs(GRACE)).unwrap();
        status.begin_turn(401, &earliest.turn);
        let body = json!({"grace_period_seconds": GRACE});
        let rotated = self.send_rotation(own, body).await;
        let mut credentials = rotated["credentials"].as_array().unwrap().iter();
        let old = credentials.find(|one| one["state"] == "retiring");
        // Else it is over already.
        if let Some(old) = old {
            let end = CloseExpiry::at(old["expires_at"].as_str().unwrap()).unwrap();
            status.settle_turn(401, before, &end.turn);
            tokio::time::sleep_until((*end.turn.end()).into()).await;
        }
        status.settle(401);
        self.add(own, &rotated)
    }

    /// Makes a secret that waits for its first use. Only a use that is accepted is one: else
    /// it is ended, and the old secret goes on.
    async fn rotate_at_first_use(&self, own: &OwnKey) -> Arc<Key> {
        let body = json!({"activate": "first_use"});
        let rotated = self.send_rotation(own, body).await;
        let value = rotated["value"].as_str().unwrap();
        let expected = self.status_of(own);
        if expected == 200 {
            own.key.status.begin(401);
        }
        assert_eq!(self.client.verify(value, "m").await, expected);
        if expected == 200 {
            own.key.status.settle(401);
            return self.add(own, &rotated);
        }
        let mut credentials = rotated["credentials"].as_array().unwrap().iter();
        let pending = credentials.find(|one| one["state"] == "pending").unwrap();
        let path = format!("/v2/api-keys/{}/credentials/{}", own.id, pending["id"]);
        self.client.change(Method::DELETE, &path, Value::Null).await;
        self.model.add(value.to_owned(), 401);
        Arc::clone(&own.key)
    }

    async fn send_rotation(&self, own: &OwnKey, body: Value) -> Value {
        let path = format!("/v2/api-keys/{}/rotate", own.id);
        self.client.change(Method::POST, &path, body).await
    }

    /// Adds the new secret of a key to what is verified.
    fn add(&self, own: &OwnKey, rotated: &Value) -> Arc<Key> {
        let value = rotated["value"].as_str().unwrap().to_owned();
        self.model.add(value, self.status_of(own))
    }
}
