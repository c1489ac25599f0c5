//! What the app brings to the ports: time, randomness, and hashes of passwords.

use apikey_domain::{
    error::PortError,
    identity::{
        password::{PasswordHash, PlainPassword, PreparedPassword},
        sign_in::Party,
    },
    port::{
        clock::Clock, key_facts_source::KeyFactsSource, key_facts_store::KeyFactsStore,
        password_hasher::PasswordHasher, secret_source::SecretSource,
    },
    timestamp::Timestamp,
    verification::facts::KeyFacts,
};
use argon2::{
    Argon2, PasswordHasher as _, PasswordVerifier as _,
    password_hash::phc::PasswordHash as StoredHash,
};
use async_trait::async_trait;
use rand::{TryRng, rngs::SysRng};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// How many passwords are hashed at the same time.
const SLOTS: usize = 2;

/// The time of day of the system.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the adapter for the clock"
    )]
    fn now(&self) -> Timestamp {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
        let microseconds = elapsed.map_or(0, |elapsed| elapsed.as_micros());
        let now = i64::try_from(microseconds).ok();
        now.and_then(Timestamp::from_microseconds)
            .unwrap_or(Timestamp::MAX)
    }
}

/// Random bytes of the operating system.
pub(crate) struct SystemSecrets;

impl SecretSource for SystemSecrets {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        SysRng.try_fill_bytes(bytes).map_err(unavailable)
    }
}

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
