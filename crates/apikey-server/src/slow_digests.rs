//! Computes digests of keys that other services made and that take long.

use crate::hash_queue::{HashQueue, Permit};
use apikey_domain::{
    error::PortError,
    key::digest::{Argon2id, Bcrypt, ForeignDigest, HashedText, SlowDigest},
    port::slow_digests::{KeyParty, Remember, SlowDigests},
};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use async_trait::async_trait;
use std::{fmt::Display, sync::Arc, thread};
use tokio::sync::oneshot;
use zeroize::{Zeroizing, zeroize_stack};

/// How much of the stack is wiped after a digest, in bytes.
const STACK: usize = 64 * 1_024;

/// Computes argon2id and bcrypt, one at a time, on a thread that gives way to all others.
/// Shares the queue of the passwords.
pub struct SlowDigestHasher(Arc<HashQueue>);

// === impl SlowDigestHasher ===

impl SlowDigestHasher {
    pub(crate) fn new(queue: Arc<HashQueue>) -> Self {
        Self(queue)
    }

    /// Returns what tells how many keys wait for theirs.
    pub fn waiting(&self) -> impl Fn() -> u64 + Send + Sync + 'static + use<> {
        let queue = Arc::clone(&self.0);
        move || queue.keys() as u64
    }
}

#[async_trait]
impl SlowDigests for SlowDigestHasher {
    async fn matches(
        &self,
        text: HashedText,
        digest: Arc<ForeignDigest>,
        party: KeyParty,
        remember: Remember,
    ) -> Result<bool, PortError> {
        let permit = self.0.enter_key(party).await?;
        let (sender, result) = oneshot::channel();
        thread::Builder::new()
            .name("slow-digest".to_owned())
            .spawn(move || {
                let is_right = run(permit, &text, &digest);
                if let Ok(is_right) = is_right {
                    remember(is_right);
                }
                // Whoever asked may have gone.
                let _ = sender.send(is_right);
            })
            .map_err(|error| PortError::Unavailable(Box::new(error)))?;
        result
            .await
            .unwrap_or_else(|error| Err(PortError::Unavailable(Box::new(error))))
    }
}

fn run(permit: Permit, text: &HashedText, digest: &ForeignDigest) -> Result<bool, PortError> {
    let _permit = permit;
    match digest.slow() {
        Some(SlowDigest::Argon2id(argon2id)) => is_argon2id(text, argon2id),
        Some(SlowDigest::Bcrypt(bcrypt)) => is_bcrypt(text, bcrypt),
        None => Ok(false),
    }
}

/// Computes something while all other threads go first: it takes a core for a tenth of a
/// second or more, in which everyone else's keys are to be verified. A lower priority would
/// not do, because Linux lets a thread that runs end its time slice, of some milliseconds,
/// whatever its priority is. One of the idle class is interrupted at once.
///
/// It must take no lock that others take: on a busy machine it may stand still for seconds.
fn give_way<T: Send>(compute: impl FnOnce() -> T + Send) -> Result<T, PortError> {
    thread::scope(|scope| {
        let idle = thread::Builder::new().name("slow-digest-idle".to_owned());
        let idle = idle.spawn_scoped(scope, || {
            join_idle_class();
            let computed = compute();
            zeroize_stack::<STACK>();
            computed
        });
        let idle = idle.map_err(|error| PortError::Unavailable(Box::new(error)))?;
        idle.join()
            .map_err(|_| PortError::Unavailable("a thread panicked".into()))
    })
}

fn join_idle_class() {
    #[cfg(target_os = "linux")]
    {
        use thread_priority::{
            NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
            set_thread_priority_and_policy, thread_native_id,
        };
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        let joined = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle);
        if let Err(error) = joined {
            tracing::debug!(?error, "a thread keeps its priority");
        }
    }
}

fn is_argon2id(text: &HashedText, stored: &Argon2id) -> Result<bool, PortError> {
    let failed = |error: &dyn Display| PortError::Unavailable(error.to_string().into());
    let (memory, passes, lanes) = (stored.memory_kib(), stored.passes(), stored.lanes());
    let params = Params::new(memory, passes, lanes, Some(stored.output_bytes()));
    let params = params.map_err(|error| failed(&error))?;
    let mut memory = vec![Block::default(); params.block_count()];
    let mut output = Zeroizing::new(vec![0; stored.output_bytes()]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (text, salt) = (text.expose().as_bytes(), stored.salt());
    give_way(|| argon2.hash_password_into_with_memory(text, salt, &mut output, &mut memory))?
        .map_err(|error| failed(&error))?;
    Ok(stored.is_output(&output))
}

fn is_bcrypt(text: &HashedText, stored: &Bcrypt) -> Result<bool, PortError> {
    let text = text.expose().as_bytes();
    if text.len() > Bcrypt::LONGEST_TEXT || text.contains(&0) {
        return Ok(false);
    }
    // The end of the text is a part of it, where there is room for it.
    let mut ended = Zeroizing::new(text.to_vec());
    if ended.len() < Bcrypt::LONGEST_TEXT {
        ended.push(0);
    }
    let output = give_way(|| Zeroizing::new(bcrypt::bcrypt(stored.cost(), stored.salt(), &ended)))?;
    Ok(stored.is_output(&output[..Bcrypt::OUTPUT_BYTES]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{identifier::UserId, identity::sign_in::Network};
    use futures_util::FutureExt;

    const PARTY: KeyParty = KeyParty {
        network: Network::UNKNOWN,
        user_id: UserId(1),
    };

    /// Texts, and digests of them that others computed: GPUStack 2.3.0 the first two, the
    /// reference implementation of bcrypt the next three, and that of the C library the
    /// last ones, of a whole key and of 72 bytes.
    fn vectors() -> [(String, &'static str); 7] {
        [
            (
                "8e603907830333dad55f4d86b54c9340".to_owned(),
                "$argon2id$v=19$m=65536,t=3,p=4$0EsUj39xf8SbvCaU+Lwq3g\
                 $VGKGe18/LT3LgF2x9TqDkelyNHqE+Ogo2ZxTm9FX69A",
            ),
            (
                "sk-live-4f9a2b7c8d1e0f3a5b6c".to_owned(),
                "$argon2id$v=19$m=65536,t=3,p=4$WF+rR+Dw60aptXmDZ8kB/Q\
                 $qEPfnWRO+Cj1JVOXHEtbT3gqRaui8CfsCS8Wffg+uGU",
            ),
            (
                "a".to_owned(),
                "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
            ),
            (
                "abc".to_owned(),
                "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
            ),
            (
                "U*U".to_owned(),
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            ),
            (
                "sk-imported-0123456789abcdef".to_owned(),
                "$2y$04$abcdefghijklmnopqrstuuvmCvlqyC2IqsiDAREX3h0m37/QhRdUO",
            ),
            (
                "x".repeat(72),
                "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i",
            ),
        ]
    }

    async fn matches(hasher: &SlowDigestHasher, text: &str, digest: &str) -> bool {
        let digest = Arc::new(ForeignDigest::parse(digest).unwrap());
        let matches = hasher.matches(HashedText::new(text), digest, PARTY, Box::new(drop));
        matches.await.unwrap()
    }

    #[tokio::test]
    async fn the_text_that_was_hashed_matches_and_no_other_does() {
        let hasher = SlowDigestHasher::new(HashQueue::new());
        for (text, digest) in vectors() {
            assert!(matches(&hasher, &text, digest).await, "{digest}");
            for wrong in [
                format!("{text}x"),
                text[1..].to_owned(),
                format!("{text}\0"),
            ] {
                assert!(!matches(&hasher, &wrong, digest).await, "{digest}");
            }
        }
        assert_eq!(hasher.waiting()(), 0);
    }

    #[tokio::test]
    async fn what_has_begun_is_remembered_though_nobody_waits_for_it() {
        let hasher = SlowDigestHasher::new(HashQueue::new());
        let (text, digest) = &vectors()[0];
        let digest = Arc::new(ForeignDigest::parse(digest).unwrap());
        let (sender, remembered) = oneshot::channel();
        let remember = Box::new(|is_right| {
            sender.send(is_right).unwrap();
        });
        let matches = hasher.matches(HashedText::new(text), digest, PARTY, remember);
        assert!(matches.now_or_never().is_none());
        assert!(remembered.await.unwrap());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_digest_is_computed_in_the_idle_class() {
        use thread_priority::{
            NormalThreadSchedulePolicy::Idle, ThreadSchedulePolicy::Normal, thread_schedule_policy,
        };
        let policy = give_way(thread_schedule_policy).unwrap();
        assert_eq!(policy, Ok(Normal(Idle)));
        assert_ne!(thread_schedule_policy(), Ok(Normal(Idle)));
    }

    #[tokio::test]
    async fn one_that_is_not_slow_is_of_no_text() {
        let hasher = SlowDigestHasher::new(HashQueue::new());
        // Of the text `secret`.
        let hex = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
        assert!(!matches(&hasher, "secret", &format!("sha256-whole${hex}")).await);
    }
}
