//! The digest of a key, whichever kind is stored.

use super::{
    foreign::ForeignDigest,
    secret_digest::{ALGORITHM, SecretDigest},
};
use crate::invalid::Invalid;
use std::sync::Arc;

/// The digest of a key, as stored: ours, or until its first use that of the service the
/// key was made by.
///
/// # Example
///
/// ```
/// use apikey_domain::key::digest::StoredDigest;
///
/// let ours = format!("hmac-sha256$0a1b2c3d${}", "00".repeat(32));
/// assert!(StoredDigest::parse(&ours).unwrap().keyed().is_some());
/// let foreign = StoredDigest::parse(&format!("sha256$salt${}", "00".repeat(32))).unwrap();
/// assert!(foreign.foreign().is_some());
/// assert_eq!(format!("{foreign:?}"), "Foreign(SaltedSha256(redacted))");
/// assert!(StoredDigest::parse("md5$x$y").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredDigest {
    /// Ours.
    Keyed(SecretDigest),
    /// That of another service.
    Foreign(Arc<ForeignDigest>),
}

// === impl StoredDigest ===

impl StoredDigest {
    /// Parses the stored form.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `secret_digest` for any other text, and for a foreign digest that
    /// takes more to compute than [`ForeignDigest`] allows.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.split('$').next() != Some(ALGORITHM) {
            return ForeignDigest::parse(text).map(Self::from);
        }
        match SecretDigest::parse(text) {
            Some(keyed) => Ok(Self::Keyed(keyed)),
            None => Err(super::foreign::refused(
                "must be a digest that this release writes",
            )),
        }
    }

    /// Returns the stored form.
    pub fn to_text(&self) -> String {
        match self {
            Self::Keyed(keyed) => keyed.to_text(),
            Self::Foreign(foreign) => foreign.to_text(),
        }
    }

    /// Returns ours, if it is ours.
    pub fn keyed(&self) -> Option<&SecretDigest> {
        match self {
            Self::Keyed(keyed) => Some(keyed),
            Self::Foreign(_) => None,
        }
    }

    /// Returns that of another service, if it is such a one.
    pub fn foreign(&self) -> Option<&Arc<ForeignDigest>> {
        match self {
            Self::Keyed(_) => None,
            Self::Foreign(foreign) => Some(foreign),
        }
    }
}

impl From<SecretDigest> for StoredDigest {
    fn from(keyed: SecretDigest) -> Self {
        Self::Keyed(keyed)
    }
}

impl From<ForeignDigest> for StoredDigest {
    fn from(foreign: ForeignDigest) -> Self {
        Self::Foreign(Arc::new(foreign))
    }
}
