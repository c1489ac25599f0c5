//! Every write of a store, for the clauses about rights that end.

use super::{
    TestKeys,
    test_store::{ANYWHERE, described, new_key, outcome},
};
use apikey_domain::{
    access::authority::Authority,
    identity::{
        organization::{Organization, OrganizationChanges, OrganizationName, Role},
        password::PasswordHash,
        user::{User, UserChanges},
    },
    key::api_key::ApiKey,
    testing::fixture,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// What is written to: each write would succeed, in the order of [`Targets::write_all`].
pub(super) struct Targets {
    /// A member of `acme`, where others are admins.
    bob: User,
    carol: User,
    key: ApiKey,
    acme: Organization,
    umbrella: Organization,
    name: String,
}

// === impl Targets ===

impl Targets {
    pub(super) async fn new(store: &TestKeys) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let name = format!("target-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let [bob, carol, dave] = ["bob", "carol", "dave"].map(|user| format!("{user} {name}"));
        let (bob, carol) = (store.user(&bob).await, store.user(&carol).await);
        let dave = store.user(&dave).await;
        let acme = store.organization(&format!("{name}-acme")).await;
        store.join(&acme, &dave, Role::Admin).await;
        store.join(&acme, &bob, Role::User).await;
        Self {
            key: store.own_key(&bob, "ci").await,
            umbrella: store.organization(&format!("{name}-umbrella")).await,
            bob,
            carol,
            acme,
            name,
        }
    }

    /// Makes every write there is, and returns the outcomes. A new method of a port
    /// that writes belongs here.
    pub(super) async fn write_all(
        &self,
        store: &TestKeys,
        by: &Authority,
    ) -> Vec<(&'static str, String)> {
        let mut outcomes = self.write_keys(store, by).await;
        outcomes.extend(self.write_members(store, by).await);
        outcomes.extend(self.write_organizations(store, by).await);
        outcomes.extend(self.write_users(store, by).await);
        outcomes
    }

    pub(super) async fn write_keys(
        &self,
        store: &TestKeys,
        by: &Authority,
    ) -> Vec<(&'static str, String)> {
        let (keys, id) = (&store.api_keys, self.key.id);
        let new = new_key(&self.bob, self.bob.principal_id, "new");
        let created = keys.create(by.clone(), new).await;
        let updated = keys.update(by.clone(), id, ANYWHERE, described("new"));
        let updated = updated.await;
        let deleted = keys.delete(by.clone(), id, ANYWHERE).await;
        vec![
            ("create", outcome(&created)),
            ("update", outcome(&updated)),
            ("delete", outcome(&deleted)),
        ]
    }

    async fn write_members(&self, store: &TestKeys, by: &Authority) -> Vec<(&'static str, String)> {
        let (directory, acme) = (&store.directory, self.acme.id);
        let (bob, carol) = (self.bob.id, self.carol.id);
        let added = directory.add_member(by.clone(), acme, carol, Role::User);
        let added = added.await;
        let updated = directory.update_member(by.clone(), acme, bob, Role::Admin);
        let updated = updated.await;
        let removed = directory.remove_member(by.clone(), acme, bob).await;
        vec![
            ("add_member", outcome(&added)),
            ("update_member", outcome(&updated)),
            ("remove_member", outcome(&removed)),
        ]
    }

    async fn write_organizations(
        &self,
        store: &TestKeys,
        by: &Authority,
    ) -> Vec<(&'static str, String)> {
        let (directory, id) = (&store.directory, self.umbrella.id);
        let new = fixture::new_organization(&format!("{}-new", self.name));
        let created = directory.create_organization(by.clone(), new).await;
        let changes = OrganizationChanges {
            name: OrganizationName::parse("Umbrella").ok(),
            ..OrganizationChanges::default()
        };
        let updated = directory.update_organization(by.clone(), id, changes);
        let updated = updated.await;
        let deleted = directory.delete_organization(by.clone(), id).await;
        vec![
            ("create_organization", outcome(&created)),
            ("update_organization", outcome(&updated)),
            ("delete_organization", outcome(&deleted)),
        ]
    }

    async fn write_users(&self, store: &TestKeys, by: &Authority) -> Vec<(&'static str, String)> {
        let (directory, bob) = (&store.directory, self.bob.id);
        let new = || fixture::new_user(&format!("new {}", self.name));
        let first = directory.create_first_user(by.clone(), new()).await;
        let created = directory.create_user(by.clone(), new()).await;
        let changes = UserChanges {
            full_name: Some(None),
            ..UserChanges::default()
        };
        let updated = directory.update_user(by.clone(), bob, changes).await;
        let hash = PasswordHash::new("plain:Passw0rd_1");
        let renewed = directory.renew_password_hash(by.clone(), bob, hash.clone(), hash);
        let renewed = renewed.await;
        let deleted = directory.delete_user(by.clone(), bob).await;
        vec![
            ("create_first_user", outcome(&first)),
            ("create_user", outcome(&created)),
            ("update_user", outcome(&updated)),
            ("renew_password_hash", outcome(&renewed)),
            ("delete_user", outcome(&deleted)),
        ]
    }
}
