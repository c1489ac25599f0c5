//! API keys as they are stored and listed, without the secret.

use crate::{
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::user::User,
    key::{
        credential::{Credential, CredentialNumber, CredentialState},
        digest::StoredDigest,
        expiry::Expiry,
        hint::Hint,
        key_name::{Description, KeyName},
        mask::Origin,
        metadata::Metadata,
        revocation::{NewRevocation, Revocation, RevocationReason},
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
    /// The public half of its active credential.
    pub access_key: AccessKey,
    /// What it may be used for.
    pub scope: ScopeSet,
    /// Which models it may use.
    pub allowed_model_names: AllowedModelNames,
    /// Who created the text of its active credential.
    pub origin: Origin,
    /// The end of its active secret, if the service generated it.
    pub hint: Option<Hint>,
    /// Its credentials by their numbers, if there was ever more than one.
    pub rotated: Vec<Credential>,
    /// Whether it may rotate itself.
    pub self_rotation: bool,
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
    /// Returns its credentials by their numbers: at least one.
    pub fn credentials(&self) -> Vec<Credential> {
        if !self.rotated.is_empty() {
            return self.rotated.clone();
        }
        vec![Credential {
            number: CredentialNumber::FIRST,
            access_key: self.access_key.clone(),
            origin: self.origin,
            hint: self.hint.clone(),
            state: CredentialState::Active,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
        }]
    }

    /// Returns the credential of this number, if there was ever more than one.
    pub fn rotated(&self, number: CredentialNumber) -> Option<&Credential> {
        let mut credentials = self.rotated.iter();
        credentials.find(|one| one.number == number)
    }

    /// Sets its credentials, of which one is active.
    pub fn set_credentials(&mut self, credentials: Vec<Credential>) {
        let mut all = credentials.iter();
        if let Some(active) = all.find(|one| one.state == CredentialState::Active) {
            self.access_key.clone_from(&active.access_key);
            self.origin = active.origin;
            self.hint.clone_from(&active.hint);
        }
        self.rotated = credentials;
    }

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
        self.without_use() == other.without_use()
    }

    /// Returns it as if it had never been used.
    pub fn without_use(&self) -> Self {
        let mut unused = self.clone();
        unused.last_used_at = None;
        for credential in &mut unused.rotated {
            credential.last_used_at = None;
        }
        unused
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
                .rotated
                .iter()
                .map(|one| 256 + one.access_key.as_str().len())
                .sum::<usize>()
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
    pub secret_digest: StoredDigest,
    /// What it may be used for.
    pub scope: ScopeSet,
    /// Which models it may use.
    pub allowed_model_names: AllowedModelNames,
    /// Who created its text.
    pub origin: Origin,
    /// The end of its secret, if the service generated it.
    pub hint: Option<Hint>,
    /// Whether it may rotate itself.
    pub self_rotation: bool,
    /// What its owner notes about it.
    pub metadata: Metadata,
    /// When it expires.
    pub expires_at: Expiry,
    /// An expired key that leaves it the name, if it has it.
    pub replaces: Option<ApiKeyId>,
    /// When it is created.
    pub created_at: Timestamp,
}

// === impl NewApiKey ===

impl NewApiKey {
    /// Returns what becomes of the key that has the name of this one: it is revoked, so that
    /// its record stays, if it is the one to be replaced and has expired. Else `None`: then
    /// the name is taken. A store calls this in the transaction that makes the key.
    pub fn superseded(&self, key: &ApiKey) -> Option<ApiKey> {
        let has_name = key.holds_name()
            && key.name == self.name
            && key.user_id == self.user_id
            && key.owner_principal_id == self.owner_principal_id;
        let is_replaced = self.replaces == Some(key.id);
        let has_expired = key.expires_at.has_passed(self.created_at);
        (has_name && is_replaced && has_expired).then(|| {
            let new = NewRevocation {
                reason: RevocationReason::Superseded,
                comment: None,
            };
            let mut superseded = key.clone();
            superseded.revocation = Some(new.at(self.created_at));
            superseded.updated_at = self.created_at.of_change_after(key.updated_at);
            superseded
        })
    }

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
            rotated: Vec::new(),
            self_rotation: self.self_rotation,
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
    /// Which of its credentials was asked for.
    pub number: CredentialNumber,
    /// The digest over both halves of that credential.
    pub secret_digest: StoredDigest,
    /// Its user.
    pub user: User,
}

impl StoredCredential {
    /// Returns the credential that was asked for, if the key ever had another one.
    pub fn rotated(&self) -> Option<&Credential> {
        self.api_key.rotated(self.number)
    }
}
