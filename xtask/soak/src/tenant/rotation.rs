//! Keys that get another secret, in each way that there is.

use super::Tenant;
use crate::{
    measured::Kind,
    records::{number, text},
    standing::{Question, Refusal, Standing},
    verifier::ask_gateway,
};
use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use xtask_harness::{close_expiry::CloseExpiry, expectation::Expectation, request::Request};

/// How long the old secret goes on, in seconds, where its end is waited for.
const GRACE: u64 = 1;

/// How often a first use is tried.
const TRIES: usize = 2_000;

// === impl Tenant ===

impl Tenant {
    pub(super) async fn rotate_at_once(&mut self) -> Result<()> {
        let index = self.draw_key();
        let old = Arc::clone(&self.keys[index].secret);
        let ended = self.standing(&self.keys[index]).refused(Refusal::Ended);
        old.standing.begin(ended);
        let rotated = self.rotate(index, json!({})).await?;
        old.standing.settle(ended);
        let standing = self.world.just_made(self.standing(&self.keys[index]));
        self.take(index, &rotated, standing)
    }

    /// Lets the old secret go on for a while, and waits for its end.
    pub(super) async fn rotate_slowly(&mut self) -> Result<()> {
        let index = self.draw_key();
        let old = Arc::clone(&self.keys[index].secret);
        let before = self.standing(&self.keys[index]);
        let ended = before.refused(Refusal::Ended);
        let earliest = CloseExpiry::ahead(Duration::from_secs(GRACE))?;
        old.standing.begin_turn(ended, &earliest.turn);
        let rotated = self
            .rotate(index, json!({"grace_period_seconds": GRACE}))
            .await?;
        let credentials = rotated["credentials"]
            .as_array()
            .context("no credentials")?;
        // Those that ended before ended earlier.
        let end = credentials
            .iter()
            .filter_map(|one| one["expires_at"].as_str())
            .max();
        let end = CloseExpiry::at(end.context("the old secret does not end")?)?;
        old.standing.settle_turn(ended, before, &end.turn);
        tokio::time::sleep_until((*end.turn.end()).into()).await;
        old.standing.settle(ended);
        let standing = self.world.just_made(self.standing(&self.keys[index]));
        self.take(index, &rotated, standing)
    }

    /// Makes a secret that waits for its first use. Only a use that is accepted is one: else
    /// it is ended, and the old secret goes on.
    pub(super) async fn rotate_at_first_use(&mut self) -> Result<()> {
        let index = self.draw_key();
        let (id, standing) = (self.keys[index].id, self.standing(&self.keys[index]));
        let rotated = self.rotate(index, json!({"activate": "first_use"})).await?;
        let old = Arc::clone(&self.keys[index].secret);
        let question = Question::usual();
        let is_used = standing.code(question) == "Valid";
        let ended = standing.refused(Refusal::Ended);
        if is_used {
            old.standing.begin(ended);
        }
        self.use_first(text(&rotated, "value")?, standing).await?;
        if is_used {
            old.standing.settle(ended);
            let request = Request::get(format!("/v2/api-keys/{id}"));
            self.change_key(Kind::Read, id, request).await?;
            return self.take(index, &rotated, self.world.just_made(standing));
        }
        let credentials = rotated["credentials"]
            .as_array()
            .context("no credentials")?;
        let pending = credentials.iter().find(|one| one["state"] == "pending");
        let pending = number(pending.context("nothing waits")?, "id")?;
        let path = format!("/v2/api-keys/{id}/credentials/{pending}");
        self.change_key(Kind::End, id, Request::new(Method::DELETE, path))
            .await?;
        let standing = Expectation::new(ended);
        let whose = (old.user, old.organization);
        let secret = self.world.secret(&rotated, whose, standing)?;
        self.world.model.add(secret);
        Ok(())
    }

    /// Uses a secret until that is answered as it must be. Another node may need a moment
    /// to know of it.
    async fn use_first(&mut self, value: &str, standing: Standing) -> Result<()> {
        let question = Question::usual();
        let known_at = tokio::time::Instant::now() + self.world.grant_limit();
        for _ in 0..TRIES {
            let node = self.world.service.draw_node(self.random.draw());
            let reply = ask_gateway(&self.world, node, value, question).await;
            match reply {
                Some(reply) if reply.status == standing.status(question) => return Ok(()),
                Some(reply) => ensure!(
                    tokio::time::Instant::now() < known_at,
                    "a new secret is {} and not {standing:?}",
                    reply.status
                ),
                None => {}
            }
        }
        bail!("a new secret cannot be used")
    }

    /// Rotates a key. If the answer is lost, the same is asked again and makes nothing more.
    async fn rotate(&mut self, index: usize, body: Value) -> Result<Value> {
        let id = self.keys[index].id;
        let (name, node) = (self.next_name("rotation"), self.random.draw());
        let service = &self.world.service;
        let request = Request::post(format!("/v2/api-keys/{id}/rotate"), &body);
        let request = request.header("idempotency-key", name).by(service.admin(0));
        let mut node = service.draw_node(node);
        for _ in 0..TRIES {
            match service.ask(Kind::Rotate, node, &request).await {
                // It is under way elsewhere.
                Some(reply) if reply.status == 409 => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Some(reply) => {
                    let rotated = reply.json(200)?;
                    self.world.records.put(&format!("key {id}"), &rotated);
                    return Ok(rotated);
                }
                None => node = service.draw_node(node as u64 + 1),
            }
        }
        bail!("key {id} cannot be rotated")
    }

    /// The key has another secret from now on.
    fn take(
        &mut self,
        index: usize,
        rotated: &Value,
        standing: Expectation<Standing>,
    ) -> Result<()> {
        let old = &self.keys[index].secret;
        let whose = (old.user, old.organization);
        let secret = self.world.secret(rotated, whose, standing)?;
        self.keys[index].secret = self.world.model.add(secret);
        Ok(())
    }
}
