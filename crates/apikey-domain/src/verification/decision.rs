//! The results of verifications.

use super::{checks::Check, facts::KeyFacts, reason::Reason};
use crate::{
    gpustack::{AllowedModelNames, Scope, ScopeSet},
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{credential::CredentialNumber, expiry::Expiry},
    timestamp::Timestamp,
};
use std::{
    fmt::{Debug, Formatter},
    sync::Arc,
};

/// The result of a verification: only a valid key has facts.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     use_case::keys::verify::{Freshness, verify}, verification::{Decision, Wanted},
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let (ports, any) = (TestApp::new().keys.verify, Wanted::whatever_scope());
/// let unknown = "gpustack_0123456789abcdef_secret";
/// let decision: Decision = verify(&ports, unknown, any, Freshness::Current).await.unwrap();
/// assert!(decision.unwrap_err().key().is_none());
/// # });
/// ```
pub type Decision = Result<Verified, Refused>;

/// A key that may be used as wanted.
///
/// # Example
///
/// ```
/// # futures_executor::block_on(async {
/// use apikey_domain::gpustack::Scope;
/// use apikey_domain::use_case::keys::verify::{Freshness, verify};
/// use apikey_domain::verification::Wanted;
///
/// let ports = apikey_testing::TestApp::new().keys.verify;
/// let wanted = Wanted::scope(Scope::Inference);
/// match verify(&ports, "sk-of-no-existing-key", wanted, Freshness::Current).await? {
///     Ok(verified) => println!("a key of {}", verified.facts().owner.user_name.as_str()),
///     Err(refused) => println!("{refused}"),
/// }
/// # Ok::<(), apikey_domain::Error>(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Verified {
    key: KnownKey,
    as_of: Timestamp,
    is_stale: bool,
}

/// A key that must not be used, and why.
///
/// # Example
///
/// ```
/// # futures_executor::block_on(async {
/// use apikey_domain::use_case::keys::verify::{Freshness, verify};
/// use apikey_domain::verification::{Reason, Wanted};
///
/// let ports = apikey_testing::TestApp::new().keys.verify;
/// let (text, wanted) = ("sk-of-no-existing-key", Wanted::whatever_scope());
/// let refused = verify(&ports, text, wanted, Freshness::Current).await?.unwrap_err();
/// assert_eq!(refused.reason(), Reason::Unknown);
/// assert!(refused.key().is_none());
/// # Ok::<(), apikey_domain::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[error("the key was refused: {}", self.reason().public().as_str())]
#[must_use]
pub struct Refused {
    why: Why,
    lacking: Option<Scope>,
    key: Option<KnownKey>,
    as_of: Timestamp,
    is_stale: bool,
}

/// Why a key was refused.
#[derive(Clone, Copy, Debug)]
enum Why {
    /// The right key does not pass this check.
    Check(Check),
    /// The text is not the right key.
    NotTheKey(Reason),
}

/// A key that was presented and is right, valid or not: what may be said of it to those
/// who presented it. Nothing here says that it may be used.
///
/// # Example
///
/// ```
/// use apikey_domain::verification::{Refused, Verified};
///
/// fn id(decision: &Result<Verified, Refused>) -> Option<i64> {
///     let key = match decision {
///         Ok(verified) => Some(verified.key()),
///         Err(refused) => refused.key(),
///     };
///     key.map(|key| key.id().0)
/// }
/// ```
#[derive(Clone)]
pub struct KnownKey(Arc<KeyFacts>);

/// When a decision was made, and on what.
#[derive(Clone, Copy)]
pub(crate) struct Basis {
    pub(crate) as_of: Timestamp,
    pub(crate) is_stale: bool,
}

// === impl Verified ===

impl Verified {
    pub(crate) fn new(facts: Arc<KeyFacts>, basis: Basis) -> Self {
        Self {
            key: KnownKey(facts),
            as_of: basis.as_of,
            is_stale: basis.is_stale,
        }
    }

    /// Returns the data of the key.
    pub fn facts(&self) -> &Arc<KeyFacts> {
        &self.key.0
    }

    /// Returns what may be said of the key.
    pub fn key(&self) -> &KnownKey {
        &self.key
    }

    /// Returns an instant: the decision reflects every change that was acknowledged
    /// before it.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Returns whether the decision rests on data that was cached before the store
    /// became unavailable.
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }
}

// === impl Refused ===

impl Refused {
    /// Refuses the right key, which does not pass a check. `lacking` is the scope that it does
    /// not grant.
    pub(crate) fn known(
        facts: Arc<KeyFacts>,
        check: Check,
        lacking: Option<Scope>,
        basis: Basis,
    ) -> Self {
        Self {
            why: Why::Check(check),
            lacking,
            key: Some(KnownKey(facts)),
            as_of: basis.as_of,
            is_stale: basis.is_stale,
        }
    }

    /// Refuses text that is not the right key.
    pub(crate) fn unknown(reason: Reason, basis: Basis) -> Self {
        Self {
            why: Why::NotTheKey(reason),
            lacking: None,
            key: None,
            as_of: basis.as_of,
            is_stale: basis.is_stale,
        }
    }

    /// Returns the exact reason, which is for logs and metrics; clients are told the
    /// [public](Reason::public) one.
    pub fn reason(&self) -> Reason {
        match self.why {
            Why::Check(check) => check.reason(),
            Why::NotTheKey(reason) => reason,
        }
    }

    /// Returns the check that it did not pass, if the right key was presented.
    pub fn check(&self) -> Option<Check> {
        match self.why {
            Why::Check(check) => Some(check),
            Why::NotTheKey(_) => None,
        }
    }

    /// Returns the first wanted scope that the key does not grant, if it was refused for
    /// that.
    pub fn lacking_scope(&self) -> Option<Scope> {
        self.lacking
    }

    /// Returns what may be said of the key, if the right one was presented.
    pub fn key(&self) -> Option<&KnownKey> {
        self.key.as_ref()
    }

    /// Returns an instant: the decision reflects every change that was acknowledged
    /// before it.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Returns whether the decision rests on data that was cached before the store
    /// became unavailable.
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }
}

// === impl KnownKey ===

impl KnownKey {
    /// Returns its id.
    pub fn id(&self) -> ApiKeyId {
        self.0.id
    }

    /// Returns which of its credentials was presented.
    pub fn credential(&self) -> CredentialNumber {
        self.0.credential().number
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// Returns the id of its user.
    pub fn user_id(&self) -> UserId {
        self.0.owner.user_id
    }

    /// Returns the username of its user.
    pub fn user_name(&self) -> &str {
        self.0.owner.user_name.as_str()
    }

    /// Returns the principal on whose behalf it acts, as long as it may.
    pub fn owner_principal_id(&self) -> PrincipalId {
        self.0.owner.owner_principal_id
    }

    /// Returns the scopes it was given.
    pub fn scope(&self) -> ScopeSet {
        self.0.scope
    }

    /// Returns the models it was given.
    pub fn allowed_model_names(&self) -> &AllowedModelNames {
        &self.0.allowed_model_names
    }

    /// Returns when it expires, or expired.
    pub fn expires_at(&self) -> Expiry {
        self.0.expires_at
    }
}

impl Debug for KnownKey {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "KnownKey({})", self.0.id.0)
    }
}
