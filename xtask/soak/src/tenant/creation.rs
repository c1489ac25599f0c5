//! Keys that are made: by their user or the administrator, with and without a way to learn
//! an answer that was lost.

use super::{OwnKey, Tenant, number_of};
use crate::{
    measured::Kind,
    records::{state, text},
    standing::{Refusal, Standing},
};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;
use xtask_harness::{
    close_expiry::CloseExpiry,
    expectation::Expectation,
    request::{Credentials, Request},
    server::ADMIN_PASSWORD,
};

/// In how many seconds a key expires whose end is waited for.
const EXPIRY: u64 = 4;

// === impl Tenant ===

impl Tenant {
    pub(super) async fn create_key(&mut self) -> Result<()> {
        let is_in_organization = self.random.draw().is_multiple_of(2);
        let Some(made) = self.make(is_in_organization, json!({})).await? else {
            return Ok(());
        };
        let standing = self.world.just_made(Standing::GOOD);
        let whose = (self.user, is_in_organization.then_some(self.organization));
        let secret = self.world.secret(&made, whose, standing)?;
        self.keys.push(OwnKey {
            id: number_of(&made)?,
            is_in_organization,
            has_every_scope: true,
            has_model: true,
            is_disabled: false,
            secret: self.world.model.add(secret),
        });
        Ok(())
    }

    /// Makes a key that expires soon, and waits for that.
    pub(super) async fn let_expire(&mut self) -> Result<()> {
        let fields = json!({"expires_in": EXPIRY});
        let Some(made) = self.make(false, fields).await? else {
            return Ok(());
        };
        let end = CloseExpiry::at(text(&made, "expires_at")?)?;
        let good = Standing::GOOD;
        let expired = good.refused(Refusal::Expired);
        let standing = Expectation::new(good);
        standing.settle_turn(expired, good, &end.turn);
        let secret = self.world.secret(&made, (self.user, None), standing)?;
        // Only then all nodes know of it.
        tokio::time::sleep(self.world.grant_limit()).await;
        let secret = self.world.model.add(secret);
        let margin = Duration::from_millis(10);
        tokio::time::sleep_until((*end.turn.end() + margin).into()).await;
        secret.standing.settle(expired);
        self.ended.push(secret);
        Ok(())
    }

    /// Makes a key and returns it; nothing if it is not known whether it was made.
    async fn make(&mut self, is_in_organization: bool, more: Value) -> Result<Option<Value>> {
        // Only an active member can create keys.
        if !self.is_active {
            self.toggle_activation().await?;
        }
        if is_in_organization && !self.is_member {
            self.toggle_membership().await?;
        }
        let (draw, node) = (self.random.draw(), self.random.draw());
        let name = self.next_name("key");
        let mut body = json!({
            "name": name, "description": format!("of {name}"), "scope": ["*"],
            "allowed_model_names": ["m"], "metadata": {"tenant": self.username},
        });
        let fields = more.as_object().into_iter().flatten();
        for (field, value) in fields {
            body[field] = value.clone();
        }
        let service = &self.world.service;
        let mut request = match draw % 2 {
            0 => Request::post("/v2/api-keys", &body)
                .by(Credentials::Password(&self.username, ADMIN_PASSWORD)),
            _ => Request::post(format!("/v2/users/{}/api-keys", self.user), &body)
                .by(service.admin(0)),
        };
        if is_in_organization {
            request = request.header("x-organization-id", self.organization.to_string());
        }
        let is_named = draw / 2 % 4 != 0;
        let mut node = service.draw_node(node);
        if !is_named {
            let Some(reply) = service.ask(Kind::Create, node, &request).await else {
                self.world.records.add_maybe(&name);
                self.maybe.insert(name);
                return Ok(None);
            };
            return self.made(&body, &reply.json(200)?).map(Some);
        }
        request = request.header("idempotency-key", format!("{}/{name}", self.username));
        for _ in 0..2_000 {
            match service.ask(Kind::Create, node, &request).await {
                // It is under way elsewhere.
                Some(reply) if reply.status == 409 => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Some(reply) => return self.made(&body, &reply.json(200)?).map(Some),
                None => node = service.draw_node(node as u64 + 1),
            }
        }
        anyhow::bail!("{name} cannot be made")
    }

    /// Checks that a key was made as it was asked for, and records it.
    fn made(&self, body: &Value, shown: &Value) -> Result<Value> {
        for field in [
            "name",
            "description",
            "scope",
            "allowed_model_names",
            "metadata",
        ] {
            let is_same = shown[field] == body[field];
            ensure!(is_same, "{field} is not as it was sent: {}", state(shown));
        }
        text(shown, "value").with_context(|| format!("{} without value", body["name"]))?;
        let thing = format!("key {}", number_of(shown)?);
        self.world.records.put(&thing, shown);
        Ok(shown.clone())
    }
}
