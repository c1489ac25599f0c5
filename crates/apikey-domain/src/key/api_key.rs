//! API keys as they are stored and listed, without the secret.

use crate::{
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::user::User,
    key::{
        digest::SecretDigest,
        expiry::Expiry,
        hint::Hint,
        key_name::{Description, KeyName},
        mask::Origin,
        metadata::Metadata,
        revocation::Revocation,
        status::{Status, Withdrawal},
        token::AccessKey,
    },
    listing::Listed,
    timestamp::Timestamp,
};

/// An API key. It belongs to one user and one owner principal.
///
/// Contains nothing secret: the digest is kept apart, in [`StoredCredential`].
///
/// # Example
///
/// ```
/// use apikey_domain::testing::fixture;
///
/// let key = fixture::api_key(7, "ci");
/// assert_eq!(key.name.as_str(), "ci");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its name, unique for the user in the owner principal.
    pub name: KeyName,
    /// A free-text description.
    pub description: Option<Description>,
    /// The user it belongs to.
    pub user_id: UserId,
    /// The username of that user.
    pub user_name: String,
    /// Whether that user is a service account of the platform; such keys are
    /// never listed or watched.
    pub user_is_system: bool,
    /// The principal on whose behalf it acts.
    pub owner_principal_id: PrincipalId,
    /// Its public half.
    pub access_key: AccessKey,
    /// What it may be used for.
    pub scope: ScopeSet,
    /// Which models it may use.
    pub allowed_model_names: AllowedModelNames,
    /// Who created its text.
    pub origin: Origin,
    /// The end of its secret, if the service generated it.
    pub hint: Option<Hint>,
    /// What its owner notes about it.
    pub metadata: Metadata,
    /// When it expires.
    pub expires_at: Expiry,
    /// Since when it is disabled, if it is.
    pub disabled_at: Option<Timestamp>,
    /// Its revocation, if it was revoked.
    pub revocation: Option<Revocation>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was last used, to the minute; `None` if never.
    pub last_used_at: Option<Timestamp>,
}

// === impl ApiKey ===

impl ApiKey {
    /// Returns what somebody ended its use with.
    pub fn withdrawal(&self) -> Withdrawal {
        Withdrawal::of(self.disabled_at, self.revocation.as_ref())
    }

    /// Returns what has become of it at `now`.
    pub fn status(&self, now: Timestamp) -> Status {
        Status::of(self.withdrawal(), self.expires_at, now)
    }

    /// Returns from when on it is refused: before all time if it is disabled or revoked, and
    /// else when it expires. Keys that are sorted by their expiry are sorted by this.
    pub fn ends_at(&self) -> Expiry {
        match self.withdrawal().is_in_force() {
            true => Expiry::PASSED,
            false => self.expires_at,
        }
    }

    /// Returns whether it has its name to itself, for its user in its owner principal: a
    /// revoked key leaves it to others.
    pub fn holds_name(&self) -> bool {
        self.revocation.is_none()
    }

    /// Returns whether it is in all respects as `other`, but for its last use.
    pub fn is_same_but_for_use(&self, other: &Self) -> bool {
        let used = Self {
            last_used_at: self.last_used_at,
            ..other.clone()
        };
        *self == used
    }
}

impl Listed for ApiKey {
    type Id = ApiKeyId;

    fn id(&self) -> ApiKeyId {
        self.id
    }

    fn text_bytes(&self) -> usize {
        self.name.as_str().len()
            + self
                .description
                .as_ref()
                .map_or(0, |text| text.as_str().len())
            + self.user_name.len()
            + self.access_key.as_str().len()
            + self.allowed_model_names.text_bytes()
            + self.metadata.text_bytes()
            + self
                .revocation
                .as_ref()
                .and_then(|revocation| revocation.comment.as_ref())
                .map_or(0, |comment| comment.as_str().len())
    }
}

/// A key to be stored.
///
/// # Example
///
/// ```
/// let new = apikey_domain::testing::fixture::new_api_key("ci", "0123456789abcdef");
/// assert_eq!(new.name.as_str(), "ci");
/// ```
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// Its name.
    pub name: KeyName,
    /// A free-text description.
    pub description: Option<Description>,
    /// The user it belongs to.
    pub user_id: UserId,
    /// The principal on whose behalf it acts.
    pub owner_principal_id: PrincipalId,
    /// Its public half.
    pub access_key: AccessKey,
    /// The digest over both halves.
    pub secret_digest: SecretDigest,
    /// What it may be used for.
    pub scope: ScopeSet,
    /// Which models it may use.
    pub allowed_model_names: AllowedModelNames,
    /// Who created its text.
    pub origin: Origin,
    /// The end of its secret, if the service generated it.
    pub hint: Option<Hint>,
    /// What its owner notes about it.
    pub metadata: Metadata,
    /// When it expires.
    pub expires_at: Expiry,
    /// When it is created.
    pub created_at: Timestamp,
}

// === impl NewApiKey ===

impl NewApiKey {
    /// Returns the key as a store keeps it, under the id it gave it and with what
    /// it knows of the key's user.
    pub fn stored(self, id: ApiKeyId, user_name: String, user_is_system: bool) -> ApiKey {
        ApiKey {
            id,
            name: self.name,
            description: self.description,
            user_id: self.user_id,
            user_name,
            user_is_system,
            owner_principal_id: self.owner_principal_id,
            access_key: self.access_key,
            scope: self.scope,
            allowed_model_names: self.allowed_model_names,
            origin: self.origin,
            hint: self.hint,
            metadata: self.metadata,
            expires_at: self.expires_at,
            disabled_at: None,
            revocation: None,
            created_at: self.created_at,
            updated_at: self.created_at,
            last_used_at: None,
        }
    }
}

/// A key with the data needed to decide whether a caller may use it.
///
/// # Example
///
/// ```
/// let stored = apikey_domain::testing::fixture::stored_credential(7, "ci");
/// assert!(stored.user.is_active);
/// ```
#[derive(Clone, Debug)]
pub struct StoredCredential {
    /// The key.
    pub api_key: ApiKey,
    /// The digest over both of its halves.
    pub secret_digest: SecretDigest,
    /// Its user.
    pub user: User,
}
