//! A tenant: a user in an organization of their own, whose things change, one change after
//! the other. So it is known at each moment what they are.

mod creation;
mod ends;
mod owner;
mod reads;
mod rotation;

use crate::{
    measured::Kind,
    model::Secret,
    records::{number, state},
    service::Reply,
    standing::{Refusal, Standing},
    world::World,
};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::HashSet, sync::Arc};
use xtask_harness::{random::Random, request::Request};

/// How many keys a tenant has that still work, and how many that ended, at most.
const KEYS: usize = 60;
const ENDED: usize = 20;

/// A tenant with what they have.
pub(crate) struct Tenant {
    world: Arc<World>,
    random: Random,
    number: u64,
    username: String,
    user: i64,
    organization: i64,
    is_active: bool,
    is_member: bool,
    keys: Vec<OwnKey>,
    /// The last secrets of keys that are shown and never work again.
    ended: Vec<Arc<Secret>>,
    /// Names of keys that may have been made.
    maybe: HashSet<String>,
    /// How many things were named.
    named: u64,
}

/// A key that works, or can work again.
struct OwnKey {
    id: i64,
    is_in_organization: bool,
    has_every_scope: bool,
    has_model: bool,
    is_disabled: bool,
    secret: Arc<Secret>,
}

// === impl Tenant ===

impl Tenant {
    /// Makes one with nothing.
    pub(crate) async fn create(world: Arc<World>, number: u64) -> Result<Self> {
        let slug = format!("tenant-{number}");
        let mut tenant = Self {
            random: Random::new(number),
            number,
            username: String::new(),
            user: 0,
            organization: 0,
            is_active: true,
            is_member: false,
            keys: Vec::new(),
            ended: Vec::new(),
            maybe: HashSet::new(),
            named: 0,
            world,
        };
        let body = json!({"name": slug, "slug": slug});
        let request = Request::post("/v2/organizations", &body);
        let (shown, _) = tenant.by_admin(Kind::Organization, request).await?;
        tenant.organization = number_of(&shown)?;
        let thing = format!("organization {}", tenant.organization);
        tenant.world.records.put(&thing, &shown);
        tenant.become_another().await?;
        Ok(tenant)
    }

    /// Changes things until everything ends.
    pub(crate) async fn live(&mut self) -> Result<()> {
        while !self.world.is_over() {
            let draw = self.random.draw() % 1024;
            self.act(draw).await.with_context(|| format!("at {draw}"))?;
        }
        Ok(())
    }

    async fn act(&mut self, draw: u64) -> Result<()> {
        match draw {
            0 => self.become_another().await,
            1..32 => self.toggle_activation().await,
            32..64 => self.toggle_membership().await,
            _ if self.keys.len() < 4 => self.create_key().await,
            64 => self.let_expire().await,
            65..72 => self.rotate_slowly().await,
            72..112 => self.rotate_at_first_use().await,
            112..160 => self.rotate_at_once().await,
            160..280 => self.delete().await,
            280..360 => self.revoke().await,
            360..440 => self.disable_or_enable().await,
            440..540 => self.narrow_or_widen().await,
            540..640 => self.describe().await,
            640..660 => self.try_in_vain().await,
            660..740 => self.read_one().await,
            740..780 => self.explain_one().await,
            780..800 => self.list().await,
            _ if self.keys.len() >= KEYS => self.delete().await,
            _ => self.create_key().await,
        }
    }

    /// Makes a change as the administrator, on any node, and returns what is shown then.
    async fn by_admin(&mut self, kind: Kind, request: Request) -> Result<(Value, bool)> {
        let reply = self.send(kind, request).await?;
        Ok((reply.json(200)?, reply.is_repeated))
    }

    async fn send(&mut self, kind: Kind, request: Request) -> Result<Reply> {
        let (node, by) = (self.random.draw(), self.random.draw());
        let service = &self.world.service;
        // The key reaches users, but only the keys that the administrator's own principal owns.
        let is_of_keys = !matches!(kind, Kind::User | Kind::Member | Kind::Report);
        let by = if is_of_keys { 0 } else { by };
        let request = request.by(service.admin(by));
        service
            .change(kind, service.draw_node(node), &request)
            .await
    }

    /// Changes a key, and records what is shown then.
    async fn change_key(&mut self, kind: Kind, id: i64, request: Request) -> Result<Value> {
        let (shown, _) = self.by_admin(kind, request).await?;
        ensure!(number(&shown, "id")? == id, "another key: {shown}");
        self.world.records.put(&format!("key {id}"), &shown);
        Ok(shown)
    }

    /// Changes fields of a key, which must be shown as they were sent.
    async fn patch(&mut self, method: Method, id: i64, fields: Value) -> Result<()> {
        let path = format!("/v2/api-keys/{id}");
        let request = Request::new(method, path).json(&fields);
        let shown = self.change_key(Kind::Change, id, request).await?;
        let fields = fields.as_object().into_iter().flatten();
        for (name, value) in fields.filter(|(name, _)| *name != "disabled") {
            // Metadata is merged.
            let is_so = match name.as_str() {
                "metadata" => shown[name]["text"] == value["text"],
                _ => shown[name] == *value,
            };
            ensure!(is_so, "{name} is not {value}: {shown}");
        }
        Ok(())
    }

    fn draw_key(&mut self) -> usize {
        self.random.draw() as usize % self.keys.len()
    }

    /// Returns a name that nothing had before.
    fn next_name(&mut self, what: &str) -> String {
        self.named += 1;
        format!("{what}-{}-{}", self.number, self.named)
    }

    /// Returns what a key may do now.
    fn standing(&self, own: &OwnKey) -> Standing {
        let is_idle = !self.is_active || (own.is_in_organization && !self.is_member);
        let refusal = match () {
            () if own.is_disabled => Some(Refusal::Disabled),
            () if is_idle => Some(Refusal::OwnerInactive),
            () => None,
        };
        Standing {
            refusal,
            has_every_scope: own.has_every_scope,
            has_model: own.has_model,
        }
    }

    async fn disable_or_enable(&mut self) -> Result<()> {
        let index = self.draw_key();
        let is_disabled = !self.keys[index].is_disabled;
        self.keys[index].is_disabled = is_disabled;
        let (own, next) = (&self.keys[index], self.standing(&self.keys[index]));
        let (id, secret) = (own.id, Arc::clone(&own.secret));
        secret.standing.begin(next);
        let fields = json!({"disabled": is_disabled});
        self.patch(Method::PATCH, id, fields).await?;
        self.settle(&secret, next, !is_disabled);
        Ok(())
    }

    async fn narrow_or_widen(&mut self) -> Result<()> {
        let (index, is_scope) = (self.draw_key(), self.random.draw().is_multiple_of(2));
        let own = &mut self.keys[index];
        let is_wide = match is_scope {
            true => &mut own.has_every_scope,
            false => &mut own.has_model,
        };
        *is_wide = !*is_wide;
        // Another model gives as well as it takes.
        let is_grant = *is_wide || !is_scope;
        let next = self.standing(&self.keys[index]);
        let fields = match is_scope {
            true => json!({"scope": [next.scope()]}),
            false => json!({"allowed_model_names": [next.model()]}),
        };
        let (id, secret) = (self.keys[index].id, Arc::clone(&self.keys[index].secret));
        secret.standing.begin(next);
        self.patch(Method::PUT, id, fields).await?;
        self.settle(&secret, next, is_grant);
        Ok(())
    }

    /// A change was answered: it is so everywhere if it took something, and soon if it gave.
    fn settle(&self, secret: &Secret, next: Standing, is_grant: bool) {
        match is_grant {
            true => secret.standing.settle_grant(next, self.world.grant_limit()),
            false => secret.standing.settle(next),
        }
    }

    /// Changes what no verification looks at.
    async fn describe(&mut self) -> Result<()> {
        let (index, text) = (self.draw_key(), self.next_name("text"));
        let (id, draw) = (self.keys[index].id, self.random.draw());
        let (method, fields) = match draw % 3 {
            0 => (Method::PUT, json!({"description": text})),
            1 => (Method::PATCH, json!({"name": text})),
            _ => (
                Method::PATCH,
                json!({"description": text, "metadata": {"text": text}}),
            ),
        };
        self.patch(method, id, fields).await
    }

    /// Sends what must change nothing.
    async fn try_in_vain(&mut self) -> Result<()> {
        let (index, draw) = (self.draw_key(), self.random.draw());
        let path = format!("/v2/api-keys/{}", self.keys[index].id);
        let patch = |path| Request::new(Method::PATCH, path);
        let (request, status) = match draw % 3 {
            0 => (
                patch(format!("{path}?dry_run=true")).json(&json!({"name": "tried"})),
                200,
            ),
            1 => (patch(path).json(&json!({"status": "lost"})), 422),
            _ => (
                patch(path)
                    .json(&json!({"disabled": true}))
                    .header("if-match", "\"old\""),
                412,
            ),
        };
        self.send(Kind::Change, request).await?.json(status)?;
        Ok(())
    }
}

/// Returns the id of something that was made.
fn number_of(shown: &Value) -> Result<i64> {
    number(shown, "id").with_context(|| state(shown))
}
