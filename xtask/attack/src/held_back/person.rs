//! Whose right ends.

use crate::{
    held_back::{
        cases::Case,
        kinds::{Loss, Who, Write},
    },
    target::{MadeKey, PASSWORD, Target},
};
use anyhow::Result;
use serde_json::json;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};
use xtask_harness::request::{Credentials, Request};

/// The first administrator's number.
const ADMIN_ID: i64 = 1;

/// After how many seconds a key expires that must expire while a body is held
/// back.
pub(super) const EXPIRES_IN: u64 = 4;

/// A user with a key, in an organization of their own.
pub(super) struct Person {
    pub(super) name: String,
    pub(super) user: i64,
    pub(super) organization: i64,
    /// The key they sign in with, if they use one.
    pub(super) key: MadeKey,
    pub(super) key_made_at: Instant,
    /// What they change when they change a key.
    pub(super) other_key: Option<i64>,
}

/// Those that are written about.
pub(super) struct Shared {
    /// Becomes a member.
    pub(super) joining: i64,
    /// Is one, and gets another role.
    pub(super) member: i64,
    pub(super) organization: i64,
}

// === impl Shared ===

impl Shared {
    pub(super) async fn make(target: &Target) -> Result<Self> {
        Ok(Self {
            joining: target.make_user("joining", false).await?,
            member: target.make_user("member", false).await?,
            organization: target.make_organization("shared").await?,
        })
    }
}

// === impl Person ===

impl Person {
    /// Makes a user for a case, who has signed in once.
    pub(super) async fn make(target: &Target, case: &Case, shared: &Shared) -> Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("person-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let who = case.who;
        let user = target.make_user(&name, who.is_admin()).await?;
        let organization = target.make_organization(&name).await?;
        // The last admin can be neither removed nor demoted.
        target.add_member(organization, ADMIN_ID, "admin").await?;
        target
            .add_member(organization, shared.member, "user")
            .await?;
        if !who.is_admin() {
            target.add_member(organization, user, "admin").await?;
        }
        let own = Credentials::Password(&name, PASSWORD);
        target.ask(&Request::get("/v2/users/me").by(own)).await?;

        let is_for_organization =
            matches!(who, Who::OrganizationKey | Who::PasswordForOrganization);
        let owner = is_for_organization.then_some(organization);
        let other_key = if case.write == Write::UpdateKey {
            let json = json!({"name": "other", "scope": ["inference"]});
            Some(target.make_key(own, owner, &json).await?.id)
        } else {
            None
        };
        let key_owner = (who == Who::OrganizationKey).then_some(organization);
        let mut json = json!({"name": "key", "scope": ["management"]});
        if case.loss == Loss::KeyExpired {
            json["expires_in"] = EXPIRES_IN.into();
        }
        let key = target.make_key(own, key_owner, &json).await?;
        Ok(Self {
            name,
            user,
            organization,
            key,
            key_made_at: Instant::now(),
            other_key,
        })
    }
}
