//! Hashes passwords with argon2id.

use crate::secrets::SystemSecrets;
use apikey_diesel::fault;
use apikey_domain::{
    error::PortError,
    identity::password::{PasswordHash, PlainPassword},
    port::{password_hasher::PasswordHasher, secret_source::SecretSource},
};
use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{self, Output, ParamsString, Salt},
};
use async_trait::async_trait;
use std::{fmt::Display, sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use zeroize::zeroize_stack;

/// How many passwords are hashed concurrently: each takes 19 MiB and a core.
const MAX_CONCURRENT_HASHES: usize = 2;
/// How much of the stack is wiped after a hash, in bytes. The thread may rest for long.
const STACK: usize = 64 * 1_024;
/// How long a request waits for a permit.
const PERMIT_TIMEOUT: Duration = Duration::from_secs(10);

/// Hashes with argon2id, 19 MiB, 2 passes, 1 lane (OWASP's minimum), off the
/// event loop and at most two at a time.
pub struct Argon2idHasher {
    permits: Arc<Semaphore>,
    /// The hash that passwords of unknown users are compared with.
    dummy_hash: PasswordHash,
}

impl Argon2idHasher {
    /// Creates a hasher.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the operating system has no random bytes.
    pub fn new() -> Result<Self, PortError> {
        Ok(Self {
            permits: Arc::new(Semaphore::new(MAX_CONCURRENT_HASHES)),
            // No known password has this output.
            dummy_hash: encode(&Params::DEFAULT, Salt::generate(), random_output()?)?,
        })
    }

    /// Runs `work` on a blocking thread, as soon as there is a permit.
    async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PortError> + Send + 'static,
    ) -> Result<T, PortError> {
        let permit =
            tokio::time::timeout(PERMIT_TIMEOUT, Arc::clone(&self.permits).acquire_owned())
                .await
                .map_err(|_| PortError::Unavailable("too many passwords to hash".into()))?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            fault::point("hasher");
            let result = work();
            zeroize_stack::<STACK>();
            result
        })
        .await
        .map_err(|error| PortError::Unavailable(Box::new(error)))?
    }
}

#[async_trait]
impl PasswordHasher for Argon2idHasher {
    async fn hash(&self, password: PlainPassword) -> Result<PasswordHash, PortError> {
        self.run_blocking(move || hash(&password)).await
    }

    async fn verify(
        &self,
        password: PlainPassword,
        stored: Option<PasswordHash>,
    ) -> Result<bool, PortError> {
        let is_known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy_hash.clone());
        let is_right = self
            .run_blocking(move || verify(&password, &stored))
            .await?;
        Ok(is_right && is_known)
    }
}

fn hash(password: &PlainPassword) -> Result<PasswordHash, PortError> {
    let (params, salt) = (Params::DEFAULT, Salt::generate());
    let output = output(password, &salt, &params).map_err(failed)?;
    encode(&params, salt, output)
}

fn random_output() -> Result<Output, PortError> {
    let mut bytes = [0; Params::DEFAULT_OUTPUT_LEN];
    SystemSecrets.fill(&mut bytes)?;
    Output::new(&bytes).map_err(failed)
}

/// Returns a hash in the format in which it is stored.
fn encode(params: &Params, salt: Salt, output: Output) -> Result<PasswordHash, PortError> {
    let hash = phc::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(failed)?,
        salt: Some(salt),
        hash: Some(output),
    };
    Ok(PasswordHash::new(hash.to_string()))
}

fn failed(error: impl Display) -> PortError {
    PortError::Unavailable(error.to_string().into())
}

fn verify(password: &PlainPassword, stored: &PasswordHash) -> Result<bool, PortError> {
    let corrupt = |error: &dyn Display| PortError::Corrupt(format!("users.password_hash: {error}"));
    let stored = phc::PasswordHash::new(stored.as_str()).map_err(|error| corrupt(&error))?;
    let params = Params::try_from(&stored).map_err(|error| corrupt(&error))?;
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
        return Err(corrupt(&"no salt or no hash"));
    };
    if stored.algorithm != Algorithm::Argon2id.ident() {
        return Err(corrupt(&"not argon2id"));
    }
    let computed = output(password, &salt, &params).map_err(|error| corrupt(&error))?;
    // `Output` compares in constant time.
    Ok(computed == expected)
}

fn output(
    password: &PlainPassword,
    salt: &Salt,
    params: &Params,
) -> argon2::password_hash::Result<Output> {
    let mut memory = vec![Block::default(); params.block_count()];
    let mut bytes = [0; Params::DEFAULT_OUTPUT_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(
            password.expose().as_bytes(),
            salt.as_ref(),
            &mut bytes,
            &mut memory,
        )?;
    Output::new(&bytes).map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_is_accepted() {
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
    }

    #[tokio::test]
    async fn an_unreadable_hash_is_an_error() {
        let hasher = Argon2idHasher::new().unwrap();
        let stored = Some(PasswordHash::new("md5:0"));
        let result = hasher.verify(PlainPassword::new("x"), stored).await;
        assert!(matches!(result, Err(PortError::Corrupt(_))));
    }
}
