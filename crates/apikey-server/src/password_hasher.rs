//! Passwords hashed with argon2id.

use apikey_domain::{
    password::{PasswordHash, PlainPassword},
    port::{StoreError, password_hasher::PasswordHasher},
};
use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier, Version, password_hash::phc,
};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// How many passwords are hashed at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// How long a request waits for its turn.
const WAIT: Duration = Duration::from_secs(10);

/// Hashes with argon2id, 19 MiB, 2 passes, 1 lane (OWASP's minimum), off the
/// event loop and at most two at a time.
pub struct Argon2idHasher {
    places: Arc<Semaphore>,
    /// What an unknown user's password is compared with.
    nobody: PasswordHash,
}

impl Argon2idHasher {
    /// A hasher; takes the time of one hash.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the operating system gives no salt.
    pub fn new() -> Result<Self, StoreError> {
        Ok(Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            nobody: hash(&PlainPassword::new("nobody has this password"))?,
        })
    }

    async fn off_the_event_loop<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = tokio::time::timeout(WAIT, Arc::clone(&self.places).acquire_owned())
            .await
            .map_err(|_| StoreError::Unavailable("too many passwords to hash".into()))?;
        tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        })
        .await
        .map_err(|error| StoreError::Unavailable(Box::new(error)))?
    }
}

#[async_trait]
impl PasswordHasher for Argon2idHasher {
    async fn hash(&self, password: PlainPassword) -> Result<PasswordHash, StoreError> {
        self.off_the_event_loop(move || hash(&password)).await
    }

    async fn verify(
        &self,
        password: PlainPassword,
        stored: Option<PasswordHash>,
    ) -> Result<bool, StoreError> {
        let is_known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.clone());
        let is_right = self
            .off_the_event_loop(move || verify(&password, &stored))
            .await?;
        Ok(is_right && is_known)
    }
}

fn argon2id() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn hash(password: &PlainPassword) -> Result<PasswordHash, StoreError> {
    let hashed = argon2id()
        .hash_password(password.expose().as_bytes())
        .map_err(|error| StoreError::Unavailable(error.to_string().into()))?;
    Ok(PasswordHash::new(hashed.to_string()))
}

fn verify(password: &PlainPassword, stored: &PasswordHash) -> Result<bool, StoreError> {
    let parsed = phc::PasswordHash::new(stored.as_str())
        .map_err(|error| StoreError::Corrupt(format!("users.password_hash: {error}")))?;
    let verified = argon2id().verify_password(password.expose().as_bytes(), &parsed);
    Ok(verified.is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_its_own_and_nobody_has_one() {
        let hasher = Argon2idHasher::new().unwrap();
        let password = || PlainPassword::new("Passw0rd_1");
        let stored = hasher.hash(password()).await.unwrap();
        assert!(
            stored
                .as_str()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        );
        assert!(
            hasher
                .verify(password(), Some(stored.clone()))
                .await
                .unwrap()
        );
        let other = PlainPassword::new("Passw0rd_2");
        assert!(!hasher.verify(other, Some(stored)).await.unwrap());
        assert!(!hasher.verify(password(), None).await.unwrap());
        let nobody = PlainPassword::new("nobody has this password");
        assert!(!hasher.verify(nobody, None).await.unwrap());
    }

    #[tokio::test]
    async fn an_unreadable_hash_is_an_error() {
        let hasher = Argon2idHasher::new().unwrap();
        let stored = Some(PasswordHash::new("md5:0"));
        let answer = hasher.verify(PlainPassword::new("x"), stored).await;
        assert!(matches!(answer, Err(StoreError::Corrupt(_))));
    }
}
