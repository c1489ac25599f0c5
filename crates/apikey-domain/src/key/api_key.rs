//! API keys as they are stored and listed, without the secret.

use crate::{
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::user::User,
    key::{
        digest::SecretDigest,
        expiry::Expiry,
        key_name::{Description, KeyName},
        mask::Origin,
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
    /// When it expires.
    pub expires_at: Expiry,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was last used, to the minute; `None` if never.
    pub last_used_at: Option<Timestamp>,
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
    /// When it expires.
    pub expires_at: Expiry,
    /// When it is created.
    pub created_at: Timestamp,
}

/// Changes to a key; absent fields stay as they are. What becomes of a key by them is for
/// the caller's reach to say ([`crate::access::policy::KeyReach::changed`]).
///
/// # Example
///
/// ```
/// use apikey_domain::key::api_key::ApiKeyChanges;
/// use apikey_domain::testing::fixture;
///
/// let key = fixture::api_key(7, "ci");
/// let nothing = ApiKeyChanges::default();
/// let anywhere = fixture::reach(None, None);
/// assert_eq!(anywhere.changed(&key, &nothing, key.updated_at), Ok(None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKeyChanges {
    /// The new description, or `Some(None)` to remove it.
    pub description: Option<Option<Description>>,
    /// The new scopes.
    pub scope: Option<ScopeSet>,
    /// The new models.
    pub allowed_model_names: Option<AllowedModelNames>,
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
            expires_at: self.expires_at,
            created_at: self.created_at,
            updated_at: self.created_at,
            last_used_at: None,
        }
    }
}

// === impl ApiKeyChanges ===

impl ApiKeyChanges {
    /// Returns the key after the changes at `now`, or `None` if they change
    /// nothing. `updated_at` never moves back.
    pub(crate) fn applied_to(&self, key: &ApiKey, now: Timestamp) -> Option<ApiKey> {
        let mut after = key.clone();
        if let Some(description) = &self.description {
            after.description.clone_from(description);
        }
        if let Some(scope) = &self.scope {
            after.scope.clone_from(scope);
        }
        if let Some(names) = &self.allowed_model_names {
            after.allowed_model_names.clone_from(names);
        }
        if after == *key {
            return None;
        }
        after.updated_at = now.max(key.updated_at);
        Some(after)
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
