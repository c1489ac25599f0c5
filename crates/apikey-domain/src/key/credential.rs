//! One of the secrets of a key, and what has become of it.

use crate::{
    invalid::Invalid,
    key::{digest::SecretDigest, hint::Hint, mask::Origin, token::AccessKey},
    timestamp::Timestamp,
};

/// The number of a credential of a key: 1 for the one that the key was made with, and one
/// more for each that came after it.
///
/// # Example
///
/// ```
/// use apikey_domain::key::credential::CredentialNumber;
///
/// assert_eq!(CredentialNumber::FIRST.next(), CredentialNumber(2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialNumber(pub i64);

impl CredentialNumber {
    /// That of the credential that a key was made with.
    pub const FIRST: Self = Self(1);

    /// Returns the number of the credential that comes after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// One of the secrets of a key, without the secret.
///
/// # Example
///
/// ```
/// use apikey_domain::{key::credential::CredentialState, testing::fixture};
///
/// let credentials = fixture::api_key(7, "ci").credentials();
/// assert_eq!(credentials[0].state, CredentialState::Active);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Its number within the key.
    pub number: CredentialNumber,
    /// Its public half.
    pub access_key: AccessKey,
    /// Who created its text.
    pub origin: Origin,
    /// The end of its secret, if the service generated it.
    pub hint: Option<Hint>,
    /// What has become of it.
    pub state: CredentialState,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last used, to the minute; `None` if never.
    pub last_used_at: Option<Timestamp>,
}

/// What has become of a credential.
///
/// # Example
///
/// ```
/// use apikey_domain::{key::credential::CredentialState, testing::fixture};
///
/// let now = fixture::instant();
/// let retiring = CredentialState::Retiring { until: now.plus_seconds(60).unwrap() };
/// assert_eq!((retiring.is_usable(now), retiring.name(now)), (true, "retiring"));
/// let later = now.plus_seconds(60).unwrap();
/// assert_eq!((retiring.is_usable(later), retiring.name(later)), (false, "retired"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialState {
    /// It is the one that the key is used with.
    Active,
    /// It takes the place of the active one when it is used for the first time. That one
    /// is accepted for so long after that.
    Pending {
        /// For how long.
        grace: GracePeriod,
    },
    /// Another one has taken its place. It is refused from this instant on.
    Retiring {
        /// The instant.
        until: Timestamp,
    },
    /// It was refused from this instant on, and is for good.
    Retired {
        /// The instant.
        at: Timestamp,
    },
}

impl CredentialState {
    /// Returns whether the right secret is accepted at `now`.
    pub fn is_usable(self, now: Timestamp) -> bool {
        match self {
            Self::Active | Self::Pending { .. } => true,
            Self::Retiring { until } => now < until,
            Self::Retired { .. } => false,
        }
    }

    /// Returns whether it takes the place of another when it is used.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Pending { .. })
    }

    /// Returns from when on it is refused, if that is known.
    pub fn ends_at(self) -> Option<Timestamp> {
        match self {
            Self::Active | Self::Pending { .. } => None,
            Self::Retiring { until } => Some(until),
            Self::Retired { at } => Some(at),
        }
    }

    /// Returns its name at `now`.
    pub fn name(self, now: Timestamp) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending { .. } => "pending",
            Self::Retiring { .. } if self.is_usable(now) => "retiring",
            Self::Retiring { .. } | Self::Retired { .. } => "retired",
        }
    }

    /// Returns whether this is less than `before` was.
    #[cfg(feature = "server")]
    pub(crate) fn is_less_than(self, before: Self) -> bool {
        // The later it ends, the more it is.
        let rank = |state: Self| match state {
            Self::Active | Self::Pending { .. } => (2, Timestamp::MAX),
            Self::Retiring { until } => (1, until),
            Self::Retired { .. } => (0, Timestamp::MIN),
        };
        rank(self) < rank(before)
    }
}

/// A credential of a key that has several, as far as a verification looks at it.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::credential::{CredentialNumber, CredentialState, KnownCredential},
/// };
///
/// let active = KnownCredential {
///     number: CredentialNumber(2),
///     state: CredentialState::Active,
/// };
/// assert!(!active.is_pending());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownCredential {
    /// Its number within the key.
    pub number: CredentialNumber,
    /// What has become of it.
    pub state: CredentialState,
}

impl KnownCredential {
    /// The only credential of a key.
    pub const ONLY: Self = Self {
        number: CredentialNumber::FIRST,
        state: CredentialState::Active,
    };

    /// Extracts the fields from `credential`.
    pub fn of(credential: &Credential) -> Self {
        Self {
            number: credential.number,
            state: credential.state,
        }
    }

    /// Returns whether it takes the place of another when it is used.
    pub fn is_pending(&self) -> bool {
        self.state.is_pending()
    }
}

/// For how long a secret is accepted after another one has taken its place: 0 to 604,800
/// seconds, which are 7 days.
///
/// # Example
///
/// ```
/// use apikey_domain::key::credential::GracePeriod;
///
/// assert_eq!(GracePeriod::parse(3_600).unwrap().seconds(), 3_600);
/// assert!(GracePeriod::parse(604_801).is_err());
/// assert!(GracePeriod::parse(-1).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GracePeriod(i64);

impl GracePeriod {
    /// The longest one, in seconds.
    pub const LONGEST: i64 = 604_800;

    /// Parses a number of seconds.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `grace_period_seconds` beyond the range.
    pub fn parse(seconds: i64) -> Result<Self, Invalid> {
        if !(0..=Self::LONGEST).contains(&seconds) {
            return Err(Invalid::new("grace_period_seconds", "must be 0 to 604800"));
        }
        Ok(Self(seconds))
    }

    /// Returns the number of seconds.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// Returns what becomes of a credential whose place another one takes at `now`.
    pub(crate) fn from(self, now: Timestamp) -> CredentialState {
        match now.plus_seconds(self.0) {
            // No clock of another node is to accept it.
            _ if self.0 == 0 => CredentialState::Retired { at: now },
            Some(until) => CredentialState::Retiring { until },
            None => CredentialState::Retired { at: now },
        }
    }
}

/// When a new credential takes the place of the active one.
///
/// # Example
///
/// ```
/// use apikey_domain::key::credential::Activation;
///
/// assert_eq!(Activation::parse("first_use").unwrap(), Activation::FirstUse);
/// assert!(Activation::parse("later").is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// At once.
    #[default]
    Now,
    /// When it is used for the first time.
    FirstUse,
}

impl Activation {
    /// Parses its name: `now` or `first_use`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `activate` if it is another text.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "now" => Ok(Self::Now),
            "first_use" => Ok(Self::FirstUse),
            _ => Err(Invalid::new("activate", "must be now or first_use")),
        }
    }

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::FirstUse => "first_use",
        }
    }
}

/// A credential to be stored for a key that exists.
///
/// # Example
///
/// ```
/// use apikey_domain::key::credential::{Activation, NewCredential};
/// use apikey_domain::testing::fixture;
///
/// let new = fixture::new_credential("fedcba9876543210");
/// assert_eq!((new.activation, new.grace.seconds()), (Activation::Now, 0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCredential {
    /// Its public half.
    pub access_key: AccessKey,
    /// The digest over both halves.
    pub secret_digest: SecretDigest,
    /// Who created its text.
    pub origin: Origin,
    /// The end of its secret, if the service generated it.
    pub hint: Option<Hint>,
    /// When it takes the place of the active one.
    pub activation: Activation,
    /// For how long that one is accepted afterwards.
    pub grace: GracePeriod,
}
