//! Values to test with. None of them means anything outside a test.

use crate::{
    access::{
        policy::ApiKeyFilter,
        tenant::{Caller, CallerKey, TenantContext},
    },
    change::{
        Change, KeyChange, KeyEvent, Position,
        attribution::Attribution,
        event::Event,
        hub::{Holder, Interest},
    },
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{
        organization::{
            Member, NewOrganization, Organization, OrganizationName, Role, Slug, Standing,
        },
        password::PasswordHash,
        user::{NewUser, User, UserCredential, Username},
    },
    key::{
        api_key::{ApiKey, NewApiKey, StoredCredential},
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
use std::sync::Arc;

/// 2026-01-01T00:00:00Z.
pub fn instant() -> Timestamp {
    Timestamp::from_microseconds(1_767_225_600_000_000).unwrap_or(Timestamp::MAX)
}

/// The user id of that number.
pub fn user_id(number: i64) -> UserId {
    UserId(number)
}

/// The principal id of that number.
pub fn principal_id(number: i64) -> PrincipalId {
    PrincipalId(number)
}

/// The place of the event of that number, where one commits after the other.
pub fn position(number: i64) -> Position {
    Position {
        horizon: number,
        number,
    }
}

/// The service itself, at [`instant`].
pub fn attribution() -> Attribution {
    attribution_at(instant())
}

/// The service itself, at another instant.
pub fn attribution_at(at: Timestamp) -> Attribution {
    Attribution::system(at)
}

/// An event of that number, where one commits after the other.
pub fn event(number: i64, change: Change) -> Event {
    Event {
        position: position(number),
        transaction: number,
        attribution: attribution(),
        change,
    }
}

/// A change of a key, of that number.
pub fn key_change(number: i64, event: KeyEvent) -> KeyChange {
    KeyChange {
        position: position(number),
        transaction: number,
        event,
    }
}

/// Peppers that are the same in every test.
pub fn peppers() -> Peppers {
    valid(Peppers::from_hex(&"5e".repeat(32)))
}

/// An active user without rights, `user-{id}`.
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

/// A user with the hash of the password `Passw0rd_1`, as the quick hasher
/// makes it.
pub fn user_credential(id: i64, principal_id: i64) -> UserCredential {
    UserCredential {
        user: user(id, principal_id),
        password_hash: PasswordHash::new("plain:Passw0rd_1"),
    }
}

/// A user to store, with the password `Passw0rd_1`.
pub fn new_user(username: &str) -> NewUser {
    NewUser {
        username: valid(Username::parse(username)),
        full_name: None,
        password_hash: PasswordHash::new("plain:Passw0rd_1"),
        is_admin: false,
        is_active: true,
        is_system: false,
        created_at: instant(),
    }
}

/// A caller with a password.
pub fn caller(id: i64, principal_id: i64) -> Caller {
    Caller {
        user: user(id, principal_id),
        key: None,
    }
}

/// A platform admin with a password.
pub fn admin(id: i64, principal_id: i64) -> Caller {
    let mut caller = caller(id, principal_id);
    caller.user.is_admin = true;
    caller
}

/// A caller with a key of scope `*` owned by `owner`.
pub fn caller_with_key(id: i64, principal_id: i64, owner: i64) -> Caller {
    Caller {
        key: Some(caller_key(owner, &["*"])),
        ..caller(id, principal_id)
    }
}

/// A key someone came with, number 5.
pub fn caller_key(owner: i64, scope: &[&str]) -> CallerKey {
    CallerKey {
        id: ApiKeyId(5),
        access_key: AccessKey::new("0000000000000005"),
        owner_principal_id: PrincipalId(owner),
        scope: valid(ScopeSet::parse(scope.iter().copied())),
        expires_at: Expiry::NEVER,
        last_used_at: None,
    }
}

/// The caller acting for a principal.
pub fn in_principal(caller: Caller, principal_id: i64) -> TenantContext {
    TenantContext {
        caller,
        current_principal_id: Some(PrincipalId(principal_id)),
    }
}

/// The caller acting across all organizations.
pub fn everywhere(caller: Caller) -> TenantContext {
    TenantContext {
        caller,
        current_principal_id: None,
    }
}

/// A key of user 1 (principal 11) in their own principal.
pub fn api_key(id: i64, name: &str) -> ApiKey {
    ApiKey {
        id: ApiKeyId(id),
        name: valid(KeyName::parse(name)),
        description: None,
        user_id: UserId(1),
        user_name: "user-1".to_owned(),
        user_is_system: false,
        owner_principal_id: PrincipalId(11),
        access_key: AccessKey::new(format!("{id:016x}")),
        scope: ScopeSet::default(),
        allowed_model_names: AllowedModelNames::default(),
        origin: Origin::Generated,
        expires_at: Expiry::NEVER,
        created_at: instant(),
        updated_at: instant(),
        last_used_at: None,
    }
}

/// A key to store, of user 1 in principal 11, with the secret `secret`.
pub fn new_api_key(name: &str, access_key: &str) -> NewApiKey {
    let prefix = KeyPrefix::default();
    let whole = format!("{}_{access_key}_secret", prefix.as_str());
    NewApiKey {
        name: valid(KeyName::parse(name)),
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

/// That key of user 1, with its digest and user.
pub fn stored_credential(id: i64, name: &str) -> StoredCredential {
    let api_key = api_key(id, name);
    let new = new_api_key(name, api_key.access_key.as_str());
    StoredCredential {
        api_key,
        secret_digest: new.secret_digest,
        user: user(1, 11),
    }
}

/// What counts of that key of user 1.
pub fn key_facts(id: i64, name: &str) -> KeyFacts {
    let stored = stored_credential(id, name);
    let own = Standing {
        is_organization: false,
        role: None,
    };
    let owner = KeyOwner::of(&stored.user, stored.user.principal_id, own);
    KeyFacts::new(stored.api_key, stored.secret_digest, Arc::new(owner))
}

/// An organization.
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

/// An organization to store, named like its slug.
pub fn new_organization(slug: &str) -> NewOrganization {
    NewOrganization {
        name: valid(OrganizationName::parse(slug)),
        slug: valid(Slug::parse(slug)),
        description: None,
        created_at: instant(),
    }
}

/// A member.
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

/// The wish to watch everything of a user, signed in with a password.
pub fn interest(user: i64) -> Interest {
    Interest {
        filter: ApiKeyFilter {
            user_id: Some(UserId(user)),
            owner_principal_id: None,
            search: None,
        },
        holder: Holder {
            user_id: UserId(user),
            key_id: None,
            principal_id: None,
        },
    }
}

/// Takes what a test's author knows to be valid.
#[expect(clippy::panic, reason = "a wrong fixture is a wrong test")]
fn valid<T>(result: Result<T, crate::Invalid>) -> T {
    match result {
        Ok(value) => value,
        Err(invalid) => panic!("fixture: {invalid}"),
    }
}
