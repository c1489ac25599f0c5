//! What would be stored of rows.

use crate::{
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{
        organization::{Organization, OrganizationName, Role, Slug},
        password::PasswordHash,
        user::{FullName, User, Username},
    },
    import::{finding::Findings, source::Reference, state::RowState},
    key::{
        api_key::ApiKey,
        digest::StoredDigest,
        expiry::Expiry,
        key_name::{Description, KeyName},
        mask::Origin,
        metadata::Metadata,
        token::AccessKey,
    },
    timestamp::Timestamp,
};

/// What a row would become here.
#[derive(Clone, Debug)]
pub enum Draft {
    /// A user.
    User(UserDraft),
    /// An organization.
    Organization(OrganizationDraft),
    /// A membership.
    Membership(MembershipDraft),
    /// A key.
    Key(Box<KeyDraft>),
    /// The end of what it was.
    End,
}

/// A membership to be stored.
#[derive(Clone, Debug)]
pub struct MembershipDraft {
    /// The organization, as the source calls it.
    pub organization: i64,
    /// The user, as the source calls them.
    pub user: i64,
    /// What they may there.
    pub role: Role,
    /// Since when.
    pub created_at: Timestamp,
}

/// A row as it would be stored, and what there is to say of it.
#[derive(Clone, Debug)]
pub struct Drafted {
    /// What would be stored.
    pub draft: Draft,
    /// What the row says, for a later import.
    pub state: RowState,
    /// When the source says that it was created, in microseconds.
    pub created_at: Option<i64>,
    /// What there is to say.
    pub findings: Findings,
}

/// A user to be stored.
#[derive(Clone, Debug)]
pub struct UserDraft {
    /// What the source calls them.
    pub id: i64,
    /// Their name at the source.
    pub source_name: String,
    /// The name with which they sign in.
    pub username: Username,
    /// Their full name.
    pub full_name: Option<FullName>,
    /// The hash of their password.
    pub password_hash: PasswordHash,
    /// Whether they must choose another password.
    pub require_password_change: bool,
    /// Whether they administer the platform.
    pub is_admin: bool,
    /// Whether they may sign in.
    pub is_active: bool,
    /// When they were created.
    pub created_at: Timestamp,
    /// When they last changed.
    pub updated_at: Timestamp,
}

/// An organization to be stored.
#[derive(Clone, Debug)]
pub struct OrganizationDraft {
    /// What the source calls it.
    pub id: i64,
    /// Its name.
    pub name: OrganizationName,
    /// Its slug, or another one if that is taken.
    pub slugs: Vec<Slug>,
    /// A free-text description.
    pub description: Option<Description>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

// === impl UserDraft ===

impl UserDraft {
    /// Returns the user as a store keeps them.
    pub fn stored(&self, id: UserId, principal_id: PrincipalId) -> User {
        User {
            id,
            username: self.username.clone(),
            full_name: self.full_name.clone(),
            is_admin: self.is_admin,
            is_active: self.is_active,
            is_system: false,
            require_password_change: self.require_password_change,
            principal_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

// === impl OrganizationDraft ===

impl OrganizationDraft {
    /// Returns the organization as a store keeps it.
    pub fn stored(&self, id: PrincipalId, slug: Slug) -> Organization {
        Organization {
            id,
            name: self.name.clone(),
            slug,
            description: self.description.clone(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// A key to be stored.
#[derive(Clone, Debug)]
pub struct KeyDraft {
    /// Its id, if the source gives ids.
    pub id: Option<i64>,
    /// Its name, or another one if that is taken.
    pub names: Vec<KeyName>,
    /// A free-text description.
    pub description: Option<Description>,
    /// Its public half.
    pub access_key: AccessKey,
    /// The digest of its secret.
    pub digest: StoredDigest,
    /// Its user.
    pub user: Reference,
    /// For whom it acts, if not for its user's own principal.
    pub owner: Option<Reference>,
    /// What it may be used for.
    pub scope: ScopeSet,
    /// Which models it may use.
    pub allowed_model_names: AllowedModelNames,
    /// Who made its text.
    pub origin: Origin,
    /// When it expires.
    pub expires_at: Expiry,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Whose a key is here.
#[derive(Clone, Debug)]
pub struct KeyHolder {
    /// Its user.
    pub user_id: UserId,
    /// The username of that user.
    pub user_name: String,
    /// The principal that it acts for.
    pub owner: PrincipalId,
}

// === impl KeyDraft ===

impl KeyDraft {
    /// Returns whether the key acts for its user, and for no organization.
    pub fn is_own(&self) -> bool {
        let mut owner = self.owner.iter();
        owner.all(|owner| *owner == self.user)
    }

    /// Returns the key as a store keeps it.
    pub fn stored(&self, id: ApiKeyId, name: KeyName, holder: KeyHolder) -> ApiKey {
        ApiKey {
            id,
            name,
            description: self.description.clone(),
            user_id: holder.user_id,
            user_name: holder.user_name,
            user_is_system: false,
            owner_principal_id: holder.owner,
            access_key: self.access_key.clone(),
            scope: self.scope,
            allowed_model_names: self.allowed_model_names.clone(),
            origin: self.origin,
            hint: None,
            rotated: Vec::new(),
            self_rotation: false,
            metadata: Metadata::default(),
            expires_at: self.expires_at,
            disabled_at: None,
            revocation: None,
            created_at: self.created_at,
            updated_at: self.updated_at,
            last_used_at: None,
        }
    }
}
