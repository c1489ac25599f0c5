//! Everything outside the domain, in memory.

use crate::Memory;
use apikey_domain::{
    access::tenant::{Caller, TenantContext},
    identifier::PrincipalId,
    identity::{
        organization::{Organization, Role},
        sign_in::SignInGuard,
        user::{NewUser, User},
    },
    key::token::KeyPrefix,
    port::{clock::Clock, directory::Directory, lease::SingleNode},
    testing::{FixedSecrets, ManualClock, QuickHasher, fixture},
    use_case::ports::{IdentityPorts, KeyPorts, VerifyPorts},
    verification::last_used_buffer::LastUsedBuffer,
};
use std::sync::Arc;

/// The ports on stand-ins, and the stand-ins themselves.
///
/// # Example
///
/// ```
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let world = TestApp::new();
/// let alice = world.user("alice").await;
/// world.clock.advance_seconds(60);
/// assert!(world.keys.verify.clock.now() > alice.created_at);
/// # });
/// ```
pub struct TestApp {
    /// The ports of keys, wired on what follows.
    pub keys: KeyPorts,
    /// The ports of people and organizations, wired on the same.
    pub identity: IdentityPorts,
    /// The clock, at [`fixture::instant`] until moved.
    pub clock: Arc<ManualClock>,
    /// The password hasher.
    pub hasher: Arc<QuickHasher>,
    /// The store, empty at first.
    pub memory: Arc<Memory>,
    /// The uses of keys, which nobody stores.
    pub usage: Arc<LastUsedBuffer>,
}

impl TestApp {
    /// An empty world.
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let hasher = Arc::new(QuickHasher::default());
        let memory = Arc::new(Memory::new());
        let usage = Arc::new(LastUsedBuffer::default());
        let secrets = FixedSecrets::default();
        let sign_in_guard = made(SignInGuard::new(&secrets));
        let secrets = Arc::new(secrets);
        let keys = KeyPorts {
            verify: VerifyPorts {
                key_facts: memory.clone(),
                usage: usage.clone(),
                lease: Arc::new(SingleNode),
                clock: clock.clone(),
                peppers: Arc::new(fixture::peppers()),
                key_prefix: KeyPrefix::default(),
            },
            api_keys: memory.clone(),
            principals: memory.clone(),
            secrets: secrets.clone(),
            change_feed: memory.clone(),
            event_log: memory.clone(),
        };
        let identity = IdentityPorts {
            directory: memory.clone(),
            password_hasher: hasher.clone(),
            sign_in_guard: Arc::new(sign_in_guard),
            clock: clock.clone(),
            secrets,
        };
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

    /// Creates a user with the password `Passw0rd_1` who differs from an
    /// ordinary one as `change` says.
    pub async fn user_who(&self, username: &str, change: impl FnOnce(&mut NewUser) + Send) -> User {
        let mut new = fixture::new_user(username);
        new.created_at = self.clock.now();
        change(&mut new);
        made(self.memory.create_user(fixture::attribution(), new).await)
    }

    /// Creates an organization with these members.
    pub async fn organization(&self, slug: &str, members: &[(&User, Role)]) -> Organization {
        let mut new = fixture::new_organization(slug);
        new.created_at = self.clock.now();
        let organization = made(
            self.memory
                .create_organization(fixture::attribution(), new)
                .await,
        );
        for (user, role) in members {
            let now = self.clock.now();
            let added = self.memory.add_member(
                fixture::attribution_at(now),
                organization.id,
                user.id,
                *role,
            );
            made(added.await);
        }
        organization
    }
}

impl Default for TestApp {
    fn default() -> Self {
        Self::new()
    }
}

/// The user, signed in with their password.
pub fn signed_in(user: &User) -> Caller {
    Caller {
        user: user.clone(),
        key: None,
    }
}

/// The user, signed in with their password, acting for themselves.
pub fn in_own_principal(user: &User) -> TenantContext {
    acting_for(user, user.principal_id)
}

/// The user, signed in with their password, acting for a principal.
pub fn acting_for(user: &User, principal_id: PrincipalId) -> TenantContext {
    TenantContext {
        caller: signed_in(user),
        current_principal_id: Some(principal_id),
    }
}

/// Takes what nothing stands in the way of.
#[expect(clippy::panic, reason = "a world that cannot be made is a wrong test")]
fn made<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("world: {error:?}"),
    }
}
