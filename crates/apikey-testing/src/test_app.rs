//! The ports in memory, wired for tests.

use crate::Memory;
use apikey_domain::{
    access::tenant::{Caller, CallerKey, Credential, TenantContext},
    identifier::PrincipalId,
    identity::{
        organization::{Organization, Role},
        user::{NewUser, User},
    },
    key::{api_key::NewApiKey, credential::CredentialNumber},
    port::{api_key_repository::ApiKeyRepository, clock::Clock, directory::Directory},
    testing::{FixedSecrets, ManualClock, QuickHasher, fixture},
    use_case::ports::{IdentityPorts, KeyPorts, SessionPorts, VerifyPorts},
    verification::last_used_buffer::LastUsedBuffer,
};
use std::sync::Arc;

/// The ports wired to test doubles, and the test doubles themselves.
///
/// # Example
///
/// ```
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// app.clock.advance_seconds(60);
/// assert!(app.keys.verify.clock.now() > alice.created_at);
/// # });
/// ```
pub struct TestApp {
    /// The ports of keys, wired to the fields below.
    pub keys: KeyPorts,
    /// The ports of users and organizations, wired to the fields below.
    pub identity: IdentityPorts,
    /// The clock, which starts at [`fixture::instant`].
    pub clock: Arc<ManualClock>,
    /// The password hasher.
    pub hasher: Arc<QuickHasher>,
    /// The store, initially empty.
    pub memory: Arc<Memory>,
    /// The recorded uses of keys, which are never stored.
    pub usage: Arc<LastUsedBuffer>,
}

impl TestApp {
    /// Creates an app with an empty store.
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let hasher = Arc::new(QuickHasher::default());
        let memory = Arc::new(Memory::new());
        let usage = Arc::new(LastUsedBuffer::default());
        let secrets = Arc::new(FixedSecrets::default());
        let identity = set_up(IdentityPorts::new(
            memory.clone(),
            hasher.clone(),
            clock.clone(),
            secrets.clone(),
        ));
        let peppers = Arc::new(fixture::peppers());
        let identity =
            identity.with_sessions(SessionPorts::new(memory.clone(), Arc::clone(&peppers)));
        let verify =
            VerifyPorts::new(memory.clone(), clock.clone(), peppers).with_usage(usage.clone());
        let keys = KeyPorts::new(verify, memory.clone(), memory.clone(), secrets)
            .with_change_feed(memory.clone())
            .with_event_log(memory.clone())
            .with_removals(memory.clone())
            .with_idempotency_log(memory.clone());
        Self {
            keys,
            identity,
            clock,
            hasher,
            memory,
            usage,
        }
    }

    /// Creates an active user without rights, with the password `Passw0rd_1`.
    pub async fn user(&self, username: &str) -> User {
        self.user_who(username, |_| ()).await
    }

    /// Creates a platform admin with the password `Passw0rd_1`.
    pub async fn admin(&self, username: &str) -> User {
        self.user_who(username, |new| new.is_admin = true).await
    }

    /// Creates a user with the password `Passw0rd_1`, after applying `change`.
    pub async fn user_who(&self, username: &str, change: impl FnOnce(&mut NewUser) + Send) -> User {
        let mut new = fixture::new_user(username);
        new.created_at = self.clock.now();
        change(&mut new);
        set_up(self.memory.create_user(fixture::by_service(), new).await)
    }

    /// Creates an organization with these members.
    pub async fn organization(&self, slug: &str, members: &[(&User, Role)]) -> Organization {
        let mut new = fixture::new_organization(slug);
        new.created_at = self.clock.now();
        let organization = set_up(
            self.memory
                .create_organization(fixture::by_service(), new)
                .await,
        );
        for (user, role) in members {
            let now = self.clock.now();
            let added = self.memory.add_member(
                fixture::by_service_at(now),
                organization.id,
                user.id,
                *role,
            );
            set_up(added.await);
        }
        organization
    }
}

impl TestApp {
    /// Creates a key with every scope, and returns its user as a caller who
    /// authenticated with it.
    pub async fn with_key(&self, user: &User, owner_principal_id: PrincipalId) -> Caller {
        let name = format!("key for {}", owner_principal_id.0);
        let new = NewApiKey {
            user_id: user.id,
            owner_principal_id,
            created_at: self.clock.now(),
            ..fixture::new_api_key(&name, &format!("{}-{}", user.id.0, owner_principal_id.0))
        };
        let key = set_up(self.memory.create(fixture::by_service(), new).await);
        let key = CallerKey::of(key, CredentialNumber::FIRST);
        fixture::caller_of(user.clone(), Credential::Key(key))
    }
}

impl Default for TestApp {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the user as a caller who signed in with the password `Passw0rd_1`.
pub fn signed_in(user: &User) -> Caller {
    fixture::caller_of(user.clone(), fixture::password())
}

/// Returns the user, signed in with a password, acting for themselves.
pub fn in_own_principal(user: &User) -> TenantContext {
    acting_for(user, user.principal_id)
}

/// Returns the user, signed in with a password, acting for a principal.
pub fn acting_for(user: &User, principal_id: PrincipalId) -> TenantContext {
    fixture::test_context(signed_in(user), Some(principal_id), None)
}

/// Unwraps the result of a setup step.
#[expect(clippy::panic, reason = "a failed setup is a wrong test")]
fn set_up<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("setup: {error:?}"),
    }
}
