//! A tenant who changes things, one after the other.

mod rotation;

use super::model::{Key, Model};
use crate::support::client::Client;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use xtask_harness::{close_expiry::CloseExpiry, random::Random};

/// How far ahead an expiry lies that is waited for.
const EXPIRY_AHEAD: Duration = Duration::from_secs(1);

/// A user in an organization of their own, and the user's keys.
pub(super) struct Changer {
    client: Client,
    model: Arc<Model>,
    random: Random,
    username: String,
    user: i64,
    organization: i64,
    is_active: bool,
    is_member: bool,
    keys: Vec<OwnKey>,
}

struct OwnKey {
    id: i64,
    is_in_organization: bool,
    has_scope: bool,
    has_model: bool,
    is_disabled: bool,
    key: Arc<Key>,
}

// === impl Changer ===

impl Changer {
    pub(super) async fn create(client: Client, model: Arc<Model>, number: u64) -> Self {
        let username = format!("user-{number}");
        let user = client.user(&username).await;
        let organization = client.organization(&format!("organization-{number}")).await;
        let mut changer = Self {
            client,
            model,
            random: Random::new(number),
            username,
            user,
            organization,
            is_active: true,
            is_member: false,
            keys: Vec::new(),
        };
        changer.toggle_membership().await;
        changer
    }

    /// Changes until `end` and returns how often.
    pub(super) async fn change_until(&mut self, end: Instant) -> u64 {
        let mut count = 0;
        while Instant::now() < end {
            match self.random.draw() % 128 {
                0..8 => self.toggle_activation().await,
                8..16 => self.toggle_membership().await,
                _ if self.keys.is_empty() => self.create_key().await,
                16..36 => self.delete().await,
                36..48 => self.revoke().await,
                48..64 => self.disable_or_enable().await,
                64..80 => self.narrow_or_widen().await,
                80 => self.expire().await,
                81..92 => self.rotate().await,
                _ => self.create_key().await,
            }
            count += 1;
        }
        count
    }

    async fn create_key(&mut self) {
        // Only an active member can create keys.
        if !self.is_active || !self.is_member {
            self.become_active_member().await;
        }
        let is_in_organization = self.random.draw().is_multiple_of(2);
        let (id, value) = if is_in_organization {
            self.client.key_in(&self.username, self.organization).await
        } else {
            self.client.own_key(&self.username).await
        };
        self.keys.push(OwnKey {
            id,
            is_in_organization,
            has_scope: true,
            has_model: true,
            is_disabled: false,
            key: self.model.add(value, 200),
        });
    }

    async fn become_active_member(&mut self) {
        if !self.is_active {
            self.toggle_activation().await;
        }
        if !self.is_member {
            self.toggle_membership().await;
        }
    }

    async fn delete(&mut self) {
        let index = self.random.draw() as usize % self.keys.len();
        let own = self.keys.swap_remove(index);
        own.key.status.begin(401);
        let path = format!("/v2/api-keys/{}", own.id);
        self.client.change(Method::DELETE, &path, Value::Null).await;
        own.key.status.settle(401);
    }

    async fn revoke(&mut self) {
        let index = self.random.draw() as usize % self.keys.len();
        let own = self.keys.swap_remove(index);
        own.key.status.begin(401);
        let path = format!("/v2/api-keys/{}/revoke", own.id);
        let body = json!({"reason": "compromised"});
        self.client.change(Method::POST, &path, body).await;
        own.key.status.settle(401);
    }

    async fn disable_or_enable(&mut self) {
        let index = self.random.draw() as usize % self.keys.len();
        self.keys[index].is_disabled = !self.keys[index].is_disabled;
        let own = &self.keys[index];
        own.key.status.begin(self.status_of(own));
        let body = json!({"disabled": own.is_disabled});
        let path = format!("/v2/api-keys/{}", own.id);
        self.client.change(Method::PATCH, &path, body).await;
        own.key.status.settle(self.status_of(own));
    }

    /// Lets a key expire, waits for that, and takes the expiry away again.
    async fn expire(&mut self) {
        let index = self.random.draw() as usize % self.keys.len();
        let own = &self.keys[index];
        let (status, before) = (&own.key.status, self.status_of(own));
        let path = format!("/v2/api-keys/{}", own.id);
        let expiry = CloseExpiry::ahead(EXPIRY_AHEAD).unwrap();
        status.begin_turn(401, &expiry.turn);
        let body = json!({"expires_at": expiry.instant});
        self.client.change(Method::PATCH, &path, body).await;
        status.settle_turn(401, before, &expiry.turn);
        tokio::time::sleep_until((*expiry.turn.end()).into()).await;
        status.settle(401);
        status.begin(before);
        let body = json!({"expires_at": null});
        self.client.change(Method::PATCH, &path, body).await;
        status.settle(before);
    }

    async fn narrow_or_widen(&mut self) {
        let index = self.random.draw() as usize % self.keys.len();
        let is_scope = self.random.draw().is_multiple_of(2);
        let own = &mut self.keys[index];
        let body = if is_scope {
            own.has_scope = !own.has_scope;
            json!({"scope": [if own.has_scope { "*" } else { "management" }]})
        } else {
            own.has_model = !own.has_model;
            json!({"allowed_model_names": [if own.has_model { "m" } else { "n" }]})
        };
        let path = format!("/v2/api-keys/{}", own.id);
        let own = &self.keys[index];
        own.key.status.begin(self.status_of(own));
        self.client.change(Method::PUT, &path, body).await;
        own.key.status.settle(self.status_of(own));
    }

    async fn toggle_activation(&mut self) {
        self.is_active = !self.is_active;
        let path = format!("/v2/users/{}/activation", self.user);
        let body = json!({"is_active": self.is_active});
        self.change_all(Method::PATCH, &path, body).await;
    }

    async fn toggle_membership(&mut self) {
        self.is_member = !self.is_member;
        let members = format!("/v2/organizations/{}/members", self.organization);
        if self.is_member {
            let body = json!({"user_id": self.user, "role": "user"});
            self.change_all(Method::POST, &members, body).await;
        } else {
            let path = format!("{members}/{}", self.user);
            self.change_all(Method::DELETE, &path, Value::Null).await;
        }
    }

    async fn change_all(&self, method: Method, path: &str, body: Value) {
        for own in &self.keys {
            own.key.status.begin(self.status_of(own));
        }
        self.client.change(method, path, body).await;
        for own in &self.keys {
            own.key.status.settle(self.status_of(own));
        }
    }

    /// Returns the status of a verification for inference with the model `m`.
    fn status_of(&self, own: &OwnKey) -> u16 {
        match () {
            () if own.is_disabled
                || !self.is_active
                || (own.is_in_organization && !self.is_member) =>
            {
                401
            }
            () if !own.has_scope || !own.has_model => 403,
            () => 200,
        }
    }
}
