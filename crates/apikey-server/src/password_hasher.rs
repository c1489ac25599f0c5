//! Hashes passwords with argon2id.

use crate::{even_time::EvenTime, hash_queue::HashQueue, slow_digests::SlowDigestHasher};
use apikey_diesel::fault;
use apikey_domain::{
    error::PortError,
    identity::{
        password::{PasswordHash, PlainPassword, PreparedPassword},
        sign_in::Party,
    },
    port::{password_hasher::PasswordHasher, secret_source::SecretSource},
    system::SystemSecrets,
};
use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{self, Output, ParamsString, Salt},
};
use async_trait::async_trait;
use std::{
    fmt::Display,
    sync::Arc,
    time::{Duration, Instant},
};
use zeroize::zeroize_stack;

/// How much of the stack is wiped after a hash, in bytes. The thread may rest for long.
const STACK: usize = 64 * 1_024;

/// Hashes with argon2id, 19 MiB, 2 passes, 1 lane (OWASP's minimum), off the
/// event loop, at most two at a time and by turns.
pub struct Argon2idHasher {
    queue: Arc<HashQueue>,
    /// The hash that passwords of unknown users are compared with.
    dummy_hash: PasswordHash,
    /// How long a refusal takes, whosever hash it was.
    even_time: EvenTime,
}

/// What a password was found to be.
struct Verified {
    is_right: bool,
    /// The work of its hash, and how long that took.
    work: u64,
    took: Duration,
}

// === impl Argon2idHasher ===

impl Argon2idHasher {
    /// Creates a hasher.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the operating system has no random bytes.
    pub fn new() -> Result<Self, PortError> {
        Ok(Self {
            queue: HashQueue::new(),
            // No known password has this output.
            dummy_hash: encode(&Params::DEFAULT, Salt::generate(), random_output()?)?,
            even_time: EvenTime::new(),
        })
    }

    /// Returns what tells how many passwords wait to be hashed.
    pub fn waiting(&self) -> impl Fn() -> u64 + Send + Sync + 'static + use<> {
        let queue = Arc::clone(&self.queue);
        move || queue.len() as u64
    }

    /// Returns what computes slow digests of keys, in the same queue.
    pub fn slow_digests(&self) -> SlowDigestHasher {
        SlowDigestHasher::new(Arc::clone(&self.queue))
    }

    /// Runs `work` on a blocking thread, as soon as it is the turn of `party`.
    async fn run_blocking<T: Send + 'static>(
        &self,
        party: Party,
        work: impl FnOnce() -> Result<T, PortError> + Send + 'static,
    ) -> Result<T, PortError> {
        let permit = self.queue.enter(party).await?;
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
    async fn hash(
        &self,
        password: PreparedPassword,
        party: Party,
    ) -> Result<PasswordHash, PortError> {
        let work = move || hash(password.as_plain());
        self.run_blocking(party, work).await
    }

    async fn verify(
        &self,
        password: PlainPassword,
        stored: Option<PasswordHash>,
        party: Party,
    ) -> Result<bool, PortError> {
        let is_known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy_hash.clone());
        let verified = self
            .run_blocking(party, move || verify(&password, &stored))
            .await?;
        if verified.is_right && is_known {
            return Ok(true);
        }
        // Nobody waits behind this one any more.
        let whole = self.even_time.of_refusal(verified.work, verified.took);
        tokio::time::sleep(whole.saturating_sub(verified.took)).await;
        Ok(false)
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

fn verify(password: &PlainPassword, stored: &PasswordHash) -> Result<Verified, PortError> {
    let corrupt = |error: &dyn Display| PortError::Corrupt(format!("users.password_hash: {error}"));
    let stored = phc::PasswordHash::new(stored.as_str()).map_err(|error| corrupt(&error))?;
    let params = Params::try_from(&stored).map_err(|error| corrupt(&error))?;
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
        return Err(corrupt(&"no salt or no hash"));
    };
    if stored.algorithm != Algorithm::Argon2id.ident() {
        return Err(corrupt(&"not argon2id"));
    }
    let began = Instant::now();
    let computed = output(password, &salt, &params).map_err(|error| corrupt(&error))?;
    Ok(Verified {
        // `Output` compares in constant time.
        is_right: computed == expected,
        work: u64::from(params.m_cost()) * u64::from(params.t_cost()),
        took: began.elapsed(),
    })
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

    const PARTY: Party = Party::SERVICE;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_is_accepted() {
        let hasher = Argon2idHasher::new().unwrap();
        let password = || PlainPassword::new("Passw0rd_1");
        let prepared = password().prepare_new().unwrap();
        let stored = hasher.hash(prepared, PARTY).await.unwrap();
        let text = stored.as_str();
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let right = hasher.verify(password(), Some(stored.clone()), PARTY);
        assert!(right.await.unwrap());
        let other = PlainPassword::new("Passw0rd_2");
        assert!(!hasher.verify(other, Some(stored), PARTY).await.unwrap());
        assert!(!hasher.verify(password(), None, PARTY).await.unwrap());
        assert_eq!(hasher.waiting()(), 0);
    }

    /// Hashes of GPUStack cost several times what ours do.
    #[tokio::test]
    async fn a_refusal_takes_as_long_for_nobody_as_for_somebody_who_was_imported() {
        let hasher = Argon2idHasher::new().unwrap();
        let imported = "$argon2id$v=19$m=65536,t=3,p=4$epS3mS9pkvowzgJZIaZD1Q$\
                        de2A2c9jDAY/2YprpHpLFkM5cPxAZz8SR7CP+K6jsm4";
        let imported = Some(PasswordHash::new(imported));
        let password = PlainPassword::new("Passw0rd_1").prepare_new().unwrap();
        let ours = Some(hasher.hash(password, PARTY).await.unwrap());
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..4 {
            for (stored, times) in [&None, &imported, &ours].into_iter().zip(&mut times) {
                let began = Instant::now();
                let guess = PlainPassword::new("a guess");
                assert!(!hasher.verify(guess, stored.clone(), PARTY).await.unwrap());
                times.push(began.elapsed());
            }
        }
        // Before the first imported one it is estimated.
        let shortest = times.iter().filter_map(|times| times[1..].iter().min());
        let (least, most) = (shortest.clone().min().unwrap(), shortest.max().unwrap());
        assert!(*most < *least * 2, "{times:?}");
        let mut quickest = Duration::MAX;
        for _ in 0..3 {
            let began = Instant::now();
            let right = PlainPassword::new("Passw0rd_1");
            assert!(hasher.verify(right, ours.clone(), PARTY).await.unwrap());
            quickest = quickest.min(began.elapsed());
        }
        assert!(quickest < *least, "{quickest:?} {times:?}");
    }

    #[tokio::test]
    async fn an_unreadable_hash_is_an_error() {
        let hasher = Argon2idHasher::new().unwrap();
        let stored = Some(PasswordHash::new("md5:0"));
        let verified = hasher.verify(PlainPassword::new("x"), stored, PARTY);
        assert!(matches!(verified.await, Err(PortError::Corrupt(_))));
    }
}
