//! What a tenant reads, while nobody changes it: it must be what was acknowledged.

use super::Tenant;
use crate::{
    measured::Kind,
    records::{fact, number, state, text},
    verifier::explain,
};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use xtask_harness::{
    request::{Credentials, Request},
    server::ADMIN_PASSWORD,
};

// === impl Tenant ===

impl Tenant {
    /// Reads a key.
    pub(super) async fn read_one(&mut self) -> Result<()> {
        let (index, node) = (self.draw_key(), self.random.draw());
        let id = self.keys[index].id;
        let service = &self.world.service;
        let request = Request::get(format!("/v2/api-keys/{id}")).by(service.admin(0));
        let node = service.draw_node(node);
        let Some(reply) = service.ask(Kind::Read, node, &request).await else {
            return Ok(());
        };
        let shown = reply.json(200)?;
        if self.world.records.last(&format!("key {id}")) != Some(Some(fact(&shown))) {
            let shown = state(&shown);
            service.wrong(format!(
                "node {node}: key {id} is not as acknowledged: {shown}"
            ));
        }
        Ok(())
    }

    /// Asks why a key is as it is.
    pub(super) async fn explain_one(&mut self) -> Result<()> {
        let (index, node) = (self.draw_key(), self.random.draw());
        let own = &self.keys[index];
        let node = self.world.service.draw_node(node);
        explain(&self.world, node, own.id, self.standing(own)).await
    }

    /// Lists the keys of the user, as the user.
    pub(super) async fn list(&mut self) -> Result<()> {
        if !self.is_active || !self.is_member {
            return Ok(());
        }
        let draw = self.random.draw();
        let is_in_organization = draw.is_multiple_of(2);
        let service = &self.world.service;
        let node = service.draw_node(draw / 2);
        let by = Credentials::Password(&self.username, ADMIN_PASSWORD);
        let mut request = Request::get("/v2/api-keys?status=active&perPage=1000").by(by);
        if is_in_organization {
            request = request.header("x-organization-id", self.organization.to_string());
        }
        let Some(reply) = service.ask(Kind::List, node, &request).await else {
            return Ok(());
        };
        let listed = reply.json(200)?;
        let items = listed["items"].as_array().context("no list")?;
        let mut found = BTreeSet::new();
        for item in items {
            let id = number(item, "id")?;
            let is_known = self.world.records.last(&format!("key {id}")) == Some(Some(fact(item)));
            if !self.maybe.contains(text(item, "name")?) {
                found.insert(id);
                if !is_known {
                    let shown = state(item);
                    service.wrong(format!("node {node}: key {id} is listed as {shown}"));
                }
            }
        }
        let own = self.keys.iter();
        let active =
            own.filter(|own| own.is_in_organization == is_in_organization && !own.is_disabled);
        let expected: BTreeSet<i64> = active.map(|own| own.id).collect();
        if found != expected {
            let wrong = format!("node {node}: a list has {found:?} and not {expected:?}");
            service.wrong(wrong);
        }
        let total = listed["pagination"]["total"].as_u64();
        if total != Some(items.len() as u64) {
            service.wrong(format!("node {node}: {total:?} of {} keys", items.len()));
        }
        Ok(())
    }
}
