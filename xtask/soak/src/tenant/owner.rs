//! Changes to the user of all keys of a tenant.

use super::{Tenant, number_of};
use crate::{
    measured::Kind,
    standing::{Refusal, Standing},
};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use xtask_harness::{request::Request, server::ADMIN_PASSWORD};

// === impl Tenant ===

impl Tenant {
    pub(super) async fn toggle_activation(&mut self) -> Result<()> {
        self.is_active = !self.is_active;
        let path = format!("/v2/users/{}/activation", self.user);
        let body = json!({"is_active": self.is_active});
        let request = Request::new(Method::PATCH, path).json(&body);
        self.begin_all();
        let (shown, is_repeated) = self.by_admin(Kind::User, request).await?;
        self.settle_all(self.is_active);
        ensure!(shown["is_active"] == self.is_active, "not so: {shown}");
        let thing = format!("user {}", self.user);
        if is_repeated {
            self.world.records.add_unanswered(&thing);
        }
        self.world.records.put(&thing, &shown);
        Ok(())
    }

    pub(super) async fn toggle_membership(&mut self) -> Result<()> {
        let members = format!("/v2/organizations/{}/members", self.organization);
        let thing = format!("member {} {}", self.organization, self.user);
        self.is_member = !self.is_member;
        self.begin_all();
        if self.is_member {
            let body = json!({"user_id": self.user, "role": "user"});
            let reply = self
                .send(Kind::Member, Request::post(members, &body))
                .await?;
            if !(reply.is_repeated && reply.status == 409) {
                reply.json(200)?;
            }
            self.world.records.put(&thing, &json!({"role": "user"}));
        } else {
            let path = format!("{members}/{}", self.user);
            let reply = self
                .send(Kind::Member, Request::new(Method::DELETE, path))
                .await?;
            if !(reply.is_repeated && reply.status == 404) {
                reply.json(200)?;
            }
            self.world.records.end(&thing);
        }
        self.settle_all(self.is_member);
        Ok(())
    }

    /// Deletes the user with all keys, if there is one, and makes another.
    pub(super) async fn become_another(&mut self) -> Result<()> {
        if self.user != 0 {
            self.delete_user().await?;
        }
        let name = self.next_name("user");
        let body = json!({"username": name, "password": ADMIN_PASSWORD});
        let reply = self
            .send(Kind::User, Request::post("/v2/users", &body))
            .await?;
        let shown = if reply.is_repeated && reply.status == 409 {
            let path = format!("/v2/users?search={name}");
            let (found, _) = self.by_admin(Kind::Report, Request::get(path)).await?;
            let items = found["items"].as_array().context("no list of users")?;
            let is_same = |user: &&Value| user["username"] == *name;
            let found = items.iter().find(is_same);
            found
                .with_context(|| format!("{name} is there and not listed"))?
                .clone()
        } else {
            reply.json(200)?
        };
        self.user = number_of(&shown)?;
        self.username = name;
        self.world
            .records
            .put(&format!("user {}", self.user), &shown);
        (self.is_active, self.is_member) = (true, false);
        self.toggle_membership().await
    }

    async fn delete_user(&mut self) -> Result<()> {
        let user = self.user;
        let gone = Standing::GOOD.refused(Refusal::Unknown);
        let keys = self.keys.drain(..).map(|own| own.secret);
        let all: Vec<_> = keys.chain(self.ended.drain(..)).collect();
        for secret in &all {
            secret.standing.begin(gone);
        }
        let request = Request::new(Method::DELETE, format!("/v2/users/{user}"));
        let reply = self.send(Kind::User, request).await?;
        if !(reply.is_repeated && reply.status == 404) {
            reply.json(200)?;
        }
        let records = &self.world.records;
        for secret in &all {
            secret.standing.settle(gone);
            records.end(&format!("key {}", secret.id));
        }
        self.maybe.clear();
        if self.is_member {
            records.end(&format!("member {} {user}", self.organization));
        }
        records.end(&format!("user {user}"));
        Ok(())
    }

    fn begin_all(&self) {
        for own in &self.keys {
            own.secret.standing.begin(self.standing(own));
        }
    }

    fn settle_all(&self, is_grant: bool) {
        for own in &self.keys {
            self.settle(&own.secret, self.standing(own), is_grant);
        }
    }
}
