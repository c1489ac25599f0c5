//! Values for tests.

mod rights;

use crate::{
    change::{Change, Position, attribution::Attribution, event::Event},
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{
        organization::{
            Member, NewOrganization, Organization, OrganizationName, Role, Slug, Standing,
        },
        password::PasswordHash,
        user::{NewUser, User, UserCredential, Username},
    },
    key::{
        api_key::{ApiKey, ApiKeyChanges, NewApiKey, StoredCredential},
        digest::Peppers,
        expiry::Expiry,
        key_name::KeyName,
        mask::Origin,
        model_names::AllowedModelNames,
        scope::ScopeSet,
        token::{AccessKey, KeyPrefix, PresentedKey},
    },
    timestamp::Timestamp,
    verification::facts::{KeyFacts, KeyOwner},
};
pub use rights::*;
use std::sync::Arc;

/// Returns 2026-01-01T00:00:00Z.
pub fn instant() -> Timestamp {
    Timestamp::from_microseconds(1_767_225_600_000_000).unwrap_or(Timestamp::MAX)
}

/// Returns a user id.
pub fn user_id(number: i64) -> UserId {
    UserId(number)
}

/// Returns a principal id.
pub fn principal_id(number: i64) -> PrincipalId {
    PrincipalId(number)
}

/// Returns the position of an event in a store that commits in order.
pub fn position(number: i64) -> Position {
    Position {
        horizon: number,
        number,
    }
}

/// Returns an event in a store that commits in order.
pub fn event(number: i64, change: Change) -> Event {
    Event {
        position: position(number),
        transaction: number,
        attribution: Attribution::system(instant()),
        change,
    }
}

/// Returns the same peppers in every test.
pub fn peppers() -> Peppers {
    valid(Peppers::from_hex(&"5e".repeat(32)))
}

/// Returns an active user without rights, `user-{id}`.
pub fn user(id: i64, principal_id: i64) -> User {
    User {
        id: UserId(id),
        username: valid(Username::parse(format!("user-{id}"))),
        full_name: None,
        is_admin: false,
        is_active: true,
        is_system: false,
        principal_id: PrincipalId(principal_id),
        created_at: instant(),
        updated_at: instant(),
    }
}

/// Returns a user with the hash of the password `Passw0rd_1`, as computed by
/// [`QuickHasher`](super::QuickHasher).
pub fn user_credential(id: i64, principal_id: i64) -> UserCredential {
    UserCredential {
        user: user(id, principal_id),
        password_hash: PasswordHash::new("plain:Passw0rd_1"),
    }
}

/// Returns a user to store, with the password `Passw0rd_1`. The name may be one of
/// before the rules of today, also in what follows.
pub fn new_user(username: &str) -> NewUser {
    NewUser {
        username: valid(Username::stored(username)),
        full_name: None,
        password_hash: PasswordHash::new("plain:Passw0rd_1"),
        is_admin: false,
        is_active: true,
        is_system: false,
        created_at: instant(),
    }
}

/// Returns a key of user 1 in their own principal, 11.
pub fn api_key(id: i64, name: &str) -> ApiKey {
    let new = new_api_key(name, &format!("{id:016x}"));
    new.stored(ApiKeyId(id), "user-1".to_owned(), false)
}

/// Returns changes that set everything of a key to what it is.
pub fn unchanged(key: &ApiKey) -> ApiKeyChanges {
    ApiKeyChanges {
        description: Some(key.description.clone()),
        scope: Some(key.scope),
        allowed_model_names: Some(key.allowed_model_names.clone()),
    }
}

/// Returns a key to store, of user 1 in principal 11, with the secret `secret`.
pub fn new_api_key(name: &str, access_key: &str) -> NewApiKey {
    let prefix = KeyPrefix::default();
    let whole = format!("{}_{access_key}_secret", prefix.as_str());
    NewApiKey {
        name: valid(KeyName::stored(name)),
        description: None,
        user_id: UserId(1),
        owner_principal_id: PrincipalId(11),
        access_key: AccessKey::new(access_key),
        secret_digest: peppers().digest(&PresentedKey::parse(&prefix, &whole)),
        scope: ScopeSet::default(),
        allowed_model_names: AllowedModelNames::default(),
        origin: Origin::Generated,
        expires_at: Expiry::NEVER,
        created_at: instant(),
    }
}

/// Returns [`api_key`] with its digest and user.
pub fn stored_credential(id: i64, name: &str) -> StoredCredential {
    let api_key = api_key(id, name);
    let new = new_api_key(name, api_key.access_key.as_str());
    StoredCredential {
        api_key,
        secret_digest: new.secret_digest,
        user: user(1, 11),
    }
}

/// Returns the data needed to verify [`api_key`].
pub fn key_facts(id: i64, name: &str) -> KeyFacts {
    let stored = stored_credential(id, name);
    let own = Standing {
        is_organization: false,
        role: None,
    };
    let owner = KeyOwner::of(&stored.user, stored.user.principal_id, own);
    KeyFacts::new(stored.api_key, stored.secret_digest, Arc::new(owner))
}

/// Returns an organization, named like its slug.
pub fn organization(id: i64, slug: &str) -> Organization {
    let new = new_organization(slug);
    Organization {
        id: PrincipalId(id),
        name: new.name,
        slug: new.slug,
        description: None,
        created_at: instant(),
        updated_at: instant(),
    }
}

/// Returns an organization to store, named like its slug.
pub fn new_organization(slug: &str) -> NewOrganization {
    NewOrganization {
        name: valid(OrganizationName::parse(slug)),
        slug: valid(Slug::parse(slug)),
        description: None,
        created_at: instant(),
    }
}

/// Returns a member.
pub fn member(user_id: i64, role: Role) -> Member {
    let user = user(user_id, 0);
    Member {
        user_id: user.id,
        username: user.username,
        full_name: None,
        role,
        created_at: instant(),
    }
}

/// Unwraps a value that is valid by construction.
#[expect(clippy::panic, reason = "a wrong fixture is a wrong test")]
fn valid<T>(result: Result<T, crate::Invalid>) -> T {
    match result {
        Ok(value) => value,
        Err(invalid) => panic!("fixture: {invalid}"),
    }
}
