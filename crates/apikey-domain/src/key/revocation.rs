//! Revocations: for what reason a key was ended for good.

use crate::{invalid::Invalid, text, timestamp::Timestamp};

/// The end of a key, for good. Its record stays, and nobody gets its access key again.
///
/// # Example
///
/// ```
/// use apikey_domain::key::revocation::{NewRevocation, RevocationReason};
/// use apikey_domain::testing::fixture;
///
/// let new = NewRevocation { reason: RevocationReason::Compromised, comment: None };
/// let revocation = new.at(fixture::instant());
/// assert_eq!(revocation.reason.as_str(), "compromised");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When it was revoked.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
    /// What else there is to say.
    pub comment: Option<Comment>,
}

/// A revocation that is asked for.
///
/// # Example
///
/// ```
/// use apikey_domain::key::revocation::{Comment, NewRevocation, RevocationReason};
///
/// let comment = Comment::parse("found in a public repository").unwrap();
/// let new = NewRevocation { reason: RevocationReason::Compromised, comment: Some(comment) };
/// assert_eq!(new.reason, RevocationReason::Compromised);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRevocation {
    /// Why.
    pub reason: RevocationReason,
    /// What else there is to say.
    pub comment: Option<Comment>,
}

impl NewRevocation {
    /// Returns the revocation that takes place at this instant.
    pub fn at(&self, at: Timestamp) -> Revocation {
        Revocation {
            at,
            reason: self.reason,
            comment: self.comment.clone(),
        }
    }
}

/// Why a key was revoked.
///
/// # Example
///
/// ```
/// use apikey_domain::key::revocation::RevocationReason;
///
/// assert_eq!(RevocationReason::parse("owner_left").unwrap(), RevocationReason::OwnerLeft);
/// assert!(RevocationReason::parse("because").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevocationReason {
    /// Somebody else may know it.
    Compromised,
    /// Another key has taken its place.
    Superseded,
    /// Nobody uses it.
    Unused,
    /// Whoever used it is gone.
    OwnerLeft,
    /// Any other reason.
    Other,
}

impl RevocationReason {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Compromised,
        Self::Superseded,
        Self::Unused,
        Self::OwnerLeft,
        Self::Other,
    ];

    /// Parses a reason.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `reason`, which lists all of them.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|reason| reason.as_str() == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            Invalid::new("reason", format!("must be one of {names}"))
        })
    }

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compromised => "compromised",
            Self::Superseded => "superseded",
            Self::Unused => "unused",
            Self::OwnerLeft => "owner_left",
            Self::Other => "other",
        }
    }
}

/// What is said of a revocation: free text of at most 1,024 characters.
///
/// # Example
///
/// ```
/// use apikey_domain::key::revocation::Comment;
///
/// assert_eq!(Comment::parse("moved to vault").unwrap().as_str(), "moved to vault");
/// assert!(Comment::parse("\0").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment(String);

impl Comment {
    /// The maximum length of a comment in characters.
    pub const LONGEST: usize = 1_024;

    /// Parses a comment.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `comment` if it is too long or contains control characters other
    /// than tabs and line ends.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        text::prose("comment", &text, Self::LONGEST)?;
        Ok(Self(text))
    }

    /// Returns the comment as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
