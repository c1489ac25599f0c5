//! The data needed to verify a key.

use super::{last_use::LastUse, renewal_buffer::RenewalOffer};
use crate::{
    access::tenant,
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{
        organization::Standing,
        user::{User, Username},
    },
    key::{
        api_key::StoredCredential, credential::KnownCredential, digest::StoredDigest,
        expiry::Expiry, key_name::KeyName, status::Withdrawal,
    },
};
use std::sync::Arc;

/// The data needed to verify a key, and nothing more, because millions may be
/// cached.
///
/// # Example
///
/// ```
/// let facts = apikey_domain::testing::fixture::key_facts(7, "ci");
/// assert!(facts.owner.is_effective);
/// ```
#[derive(Debug)]
pub struct KeyFacts {
    /// Its id.
    pub id: ApiKeyId,
    /// Its name.
    pub name: KeyName,
    /// The digest over both of its halves.
    pub secret_digest: StoredDigest,
    /// What it may be used for.
    pub scope: ScopeSet,
    /// Which models it may use.
    pub allowed_model_names: AllowedModelNames,
    /// When it expires.
    pub expires_at: Expiry,
    /// What somebody ended its use with, if anybody did.
    pub withdrawal: Option<Box<Withdrawal>>,
    /// The credential that was asked for, if the key ever had another one.
    pub credential: Option<Box<KnownCredential>>,
    /// Its owner; shared by all keys of the same user and owner principal.
    pub owner: Arc<KeyOwner>,
    /// Its last recorded use.
    pub last_use: LastUse,
    /// Whether the renewal of its digest was asked for.
    pub renewal: RenewalOffer,
}

impl KeyFacts {
    /// Extracts the facts from a stored key, about the credential that was asked for.
    pub fn new(stored: StoredCredential, owner: Arc<KeyOwner>) -> Self {
        let credential = stored.rotated();
        let last_used_at = credential.map_or(stored.api_key.last_used_at, |one| one.last_used_at);
        let rotated = credential.map(KnownCredential::of);
        let key = stored.api_key;
        let withdrawal = Self::kept(key.withdrawal());
        Self {
            id: key.id,
            name: key.name,
            secret_digest: stored.secret_digest,
            scope: key.scope,
            allowed_model_names: key.allowed_model_names,
            expires_at: key.expires_at,
            withdrawal,
            credential: rotated.map(Box::new),
            owner,
            last_use: LastUse::new(last_used_at),
            renewal: RenewalOffer::default(),
        }
    }

    /// Returns what is kept of a withdrawal: most keys have none.
    pub fn kept(withdrawal: Withdrawal) -> Option<Box<Withdrawal>> {
        withdrawal.is_in_force().then(|| Box::new(withdrawal))
    }

    /// Returns the credential that was asked for.
    pub fn credential(&self) -> KnownCredential {
        let rotated = self.credential.as_deref();
        rotated.copied().unwrap_or(KnownCredential::ONLY)
    }

    /// Returns what somebody ended its use with.
    pub fn withdrawal(&self) -> Withdrawal {
        self.withdrawal.as_deref().copied().unwrap_or_default()
    }
}

/// The user and the owner principal of keys, and whether the keys may still be
/// used.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::Standing;
/// use apikey_domain::testing::fixture;
/// use apikey_domain::verification::facts::KeyOwner;
///
/// let alice = fixture::user(1, 11);
/// let stranger = Standing { is_organization: true, role: None };
/// assert!(KeyOwner::of(&alice, alice.principal_id, stranger).is_effective);
/// assert!(!KeyOwner::of(&alice, fixture::principal_id(40), stranger).is_effective);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    /// The user.
    pub user_id: UserId,
    /// Their username.
    pub user_name: Username,
    /// The principal on whose behalf the keys act.
    pub owner_principal_id: PrincipalId,
    /// The same, if it is an organization.
    pub organization_id: Option<PrincipalId>,
    /// Whether the user is active and may act for the owner principal.
    pub is_effective: bool,
}

impl KeyOwner {
    /// Returns the owner of keys that belong to `user` and `owner`, given the
    /// user's standing in it.
    pub fn of(user: &User, owner: PrincipalId, standing: Standing) -> Self {
        let may_act = tenant::check_may_act_for(user, owner, standing).is_ok();
        Self {
            user_id: user.id,
            user_name: user.username.clone(),
            owner_principal_id: owner,
            organization_id: standing.is_organization.then_some(owner),
            is_effective: user.is_active && may_act,
        }
    }
}
