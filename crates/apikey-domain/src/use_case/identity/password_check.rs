//! Checking the password of a user, at the cost of a hash.

use crate::{
    access::{authority::Authority, tenant::Caller},
    error::{Error, PortError, with_causes},
    identity::{
        password::{PasswordHash, PlainPassword, PreparedPassword},
        sign_in::{Charge, Outcome, Pair, Part, Party},
        user::UserCredential,
    },
    use_case::ports::IdentityPorts,
};
use futures_util::FutureExt;
use std::sync::Arc;

/// A password that was given, and by whom.
pub(super) struct Given<'a> {
    /// The name of the user whose it is said to be.
    pub(super) username: &'a str,
    /// The password, not overlong.
    pub(super) password: PlainPassword,
    /// What it counts for.
    pub(super) pair: Pair,
    /// Whose turn it is.
    pub(super) party: Party,
    /// What it is for.
    pub(super) purpose: Purpose,
}

/// What a password is given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To sign in.
    SignIn,
    /// To be replaced by another.
    Replacement,
}

/// An attempt that was admitted.
struct Attempt {
    ports: IdentityPorts,
    username: String,
    password: PlainPassword,
    /// What is compared first, if it is not what was given.
    prepared: Option<PreparedPassword>,
    pair: Pair,
    party: Party,
    purpose: Purpose,
    stored: Option<UserCredential>,
    charge: Charge,
}

/// Checks a password against that of a user, who may not exist: then it takes as long
/// and is wrong. Returns the user, as they are stored, if it is right.
///
/// An attempt that fails is counted, one hash or two. Equal ones that come at once are
/// hashed once, and counted each.
///
/// # Errors
///
/// [`Error::Throttled`] if there were too many failures; [`Error::Unavailable`] if it
/// could not be hashed, which is not a failure of the user.
pub(super) async fn check(
    ports: &IdentityPorts,
    given: Given<'_>,
    stored: Option<UserCredential>,
) -> Result<Option<UserCredential>, Error> {
    let guard = &ports.sign_in_guard;
    let pair = given.pair;
    let prepared = PreparedPassword::of(&given.password);
    let is_prepared = |form: &PreparedPassword| form.as_plain().expose() == given.password.expose();
    let prepared = prepared.filter(|form| !is_prepared(form));
    let hashes = if prepared.is_some() { 2 } else { 1 };
    let hash = stored.as_ref().map(|stored| stored.password_hash.clone());
    let texts = [
        given.purpose.name(),
        given.username,
        hash.as_ref().map_or("", PasswordHash::as_str),
        given.password.expose(),
    ];
    let part = guard.join_or_begin(pair, texts, || {
        let charge = guard.throttle.admit(pair, hashes, ports.clock.now())?;
        let attempt = Attempt {
            ports: ports.clone(),
            username: given.username.to_owned(),
            password: copy(&given.password),
            prepared,
            pair,
            party: given.party,
            purpose: given.purpose,
            stored,
            charge,
        };
        Ok(attempt.run().boxed())
    })?;
    match part {
        Part::Begun(attempt) => attempt.await.map_err(failed),
        Part::Joined(attempt) => {
            let outcome = attempt.await.map_err(failed)?;
            if outcome.is_none() {
                // It learns that this guess is wrong, and pays like the first.
                let now = ports.clock.now();
                let _charge = guard.throttle.admit(pair, hashes, now)?;
            }
            Ok(outcome)
        }
    }
}

// === impl Purpose ===

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Replacement => "replacement",
        }
    }
}

// === impl Attempt ===

impl Attempt {
    async fn run(mut self) -> Outcome {
        let outcome = self.compare().await.map_err(Arc::new);
        let guard = &self.ports.sign_in_guard;
        let now = self.ports.clock.now();
        if !matches!(outcome, Ok(None)) {
            guard.throttle.give_back(self.pair, self.charge, now);
        }
        if let Ok(Some(user)) = &outcome {
            guard.throttle.trust(self.pair, now);
            let (successes, hash) = (&guard.recent_successes, user.password_hash.clone());
            successes.insert(&self.username, &self.password, hash, now);
        }
        outcome
    }

    /// Compares the prepared form, and then what was typed, as it was stored in the past.
    async fn compare(&mut self) -> Result<Option<UserCredential>, PortError> {
        let prepared = self.prepared.take();
        let stored = self.stored.take();
        let hash = stored.as_ref().map(|stored| stored.password_hash.clone());
        if let Some(prepared) = &prepared
            && self.is(prepared.as_plain(), hash.clone()).await?
        {
            return Ok(stored);
        }
        if !self.password.is_storable() || !self.is(&self.password, hash).await? {
            return Ok(None);
        }
        match (stored, prepared, self.purpose) {
            (Some(stored), Some(prepared), Purpose::SignIn) => self.renew(stored, prepared).await,
            (stored, ..) => Ok(stored),
        }
    }

    async fn is(
        &self,
        password: &PlainPassword,
        hash: Option<PasswordHash>,
    ) -> Result<bool, PortError> {
        let hasher = &self.ports.password_hasher;
        hasher.verify(copy(password), hash, self.party).await
    }

    /// Replaces the hash of what was typed by that of the prepared form. Where this
    /// fails the old one stays, and is renewed another time.
    async fn renew(
        &self,
        mut stored: UserCredential,
        prepared: PreparedPassword,
    ) -> Result<Option<UserCredential>, PortError> {
        let Ok(caller) = Caller::with_password(&stored) else {
            return Ok(Some(stored));
        };
        let form = copy(prepared.as_plain());
        let hasher = &self.ports.password_hasher;
        let Ok(new) = hasher.hash(prepared, self.pair.known()).await else {
            return Ok(Some(stored));
        };
        let by = Authority::of(&caller, self.ports.clock.now()).before_password_change();
        let old = stored.password_hash.clone();
        let directory = &self.ports.directory;
        let renewed = directory.renew_password_hash(by, stored.user.id, old.clone(), new.clone());
        if matches!(renewed.await, Ok(true)) {
            stored.password_hash = new;
            return Ok(Some(stored));
        }
        // Another attempt renewed it, or the password was changed, or the outcome is not
        // known.
        let user = &stored.user;
        let now = directory.user_credential(user.username.as_str()).await?;
        let Some(now) = now.filter(|now| now.user.id == user.id) else {
            return Ok(None);
        };
        let is_right = now.password_hash == old
            || now.password_hash == new
            || self.is(&form, Some(now.password_hash.clone())).await?;
        Ok(is_right.then_some(now))
    }
}

fn copy(password: &PlainPassword) -> PlainPassword {
    PlainPassword::new(password.expose())
}

/// Returns the error of an attempt that several wait for.
fn failed(error: Arc<PortError>) -> Error {
    match &*error {
        PortError::Unavailable(cause) => Error::Unavailable(with_causes(&**cause).into()),
        _ => Error::Internal(Box::new(error)),
    }
}
