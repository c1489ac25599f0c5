//! What the app brings to the ports, beside the time and the randomness of the system:
//! facts of keys, and hashes of passwords.

use apikey_domain::{
    error::PortError,
    identity::{
        password::{PasswordHash, PlainPassword, PreparedPassword},
        sign_in::Party,
    },
    port::{
        key_facts_source::KeyFactsSource, key_facts_store::KeyFactsStore,
        password_hasher::PasswordHasher, secret_source::SecretSource,
    },
    system::SystemSecrets,
    verification::facts::KeyFacts,
};
use argon2::{
    Argon2, PasswordHasher as _, PasswordVerifier as _,
    password_hash::phc::PasswordHash as StoredHash,
};
use async_trait::async_trait;
use std::sync::Arc;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// How many passwords are hashed at the same time.
const SLOTS: usize = 2;

/// Facts as the store has them; `apikey-cache` would stand here.
pub(crate) struct Uncached(pub(crate) Arc<dyn KeyFactsStore>);

#[async_trait]
impl KeyFactsSource for Uncached {
    fn cached(&self, _: &str) -> Option<Arc<KeyFacts>> {
        None
    }

    async fn load(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.0.read(access_key).await
    }

    async fn load_uncached(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.0.read(access_key).await
    }
}

/// Hashes two passwords at a time, in the order in which they come. A service that
/// strangers reach needs turns and a limit of those who wait, as the port says.
pub(crate) struct Argon2Hasher {
    slots: Semaphore,
    /// What passwords of unknown users are compared with.
    dummy: PasswordHash,
}

// === impl Argon2Hasher ===

impl Argon2Hasher {
    pub(crate) fn new() -> Result<Self, PortError> {
        let mut nobody = [0; 32];
        SystemSecrets.fill(&mut nobody)?;
        Ok(Self {
            slots: Semaphore::new(SLOTS),
            dummy: hash(&nobody)?,
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PortError> + Send + 'static,
    ) -> Result<T, PortError> {
        let _slot = self.slots.acquire().await.map_err(unavailable)?;
        spawn_blocking(work).await.map_err(unavailable)?
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: PreparedPassword, _: Party) -> Result<PasswordHash, PortError> {
        self.run(move || hash(password.as_plain().expose().as_bytes()))
            .await
    }

    async fn verify(
        &self,
        password: PlainPassword,
        stored: Option<PasswordHash>,
        _: Party,
    ) -> Result<bool, PortError> {
        let is_known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy.clone());
        let is_right = self.run(move || {
            let stored = StoredHash::new(stored.as_str());
            let stored = stored.map_err(|error| PortError::Corrupt(error.to_string()))?;
            let password = password.expose().as_bytes();
            Ok(Argon2::default().verify_password(password, &stored).is_ok())
        });
        Ok(is_right.await? && is_known)
    }
}

fn hash(password: &[u8]) -> Result<PasswordHash, PortError> {
    let hash: StoredHash = Argon2::default()
        .hash_password(password)
        .map_err(|error| PortError::Unavailable(error.to_string().into()))?;
    Ok(PasswordHash::new(hash.to_string()))
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::Unavailable(Box::new(error))
}
