//! Why keys are refused.

/// Why a key was refused.
///
/// # Example
///
/// ```
/// use apikey_domain::verification::Reason;
///
/// assert_eq!(Reason::Mismatch.public(), Reason::Unknown);
/// assert_eq!(Reason::Expired.public(), Reason::Expired);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The text cannot be a key.
    Malformed,
    /// No key has this access key.
    Unknown,
    /// A key has this access key and another secret.
    Mismatch,
    /// The key, or the secret that was presented, was revoked.
    Revoked,
    /// The key is disabled.
    Disabled,
    /// The key has expired.
    Expired,
    /// Its user is deactivated, or no longer belongs to the organization that
    /// owns it.
    OwnerInactive,
    /// The key does not grant a wanted scope.
    ScopeDenied,
    /// The key may not use the wanted model.
    ModelDenied,
}

impl Reason {
    /// Every reason, in declaration order.
    pub const ALL: [Self; 9] = [
        Self::Malformed,
        Self::Unknown,
        Self::Mismatch,
        Self::Revoked,
        Self::Disabled,
        Self::Expired,
        Self::OwnerInactive,
        Self::ScopeDenied,
        Self::ModelDenied,
    ];

    /// Returns the reason to show to clients, which does not reveal whether an
    /// access key exists.
    #[must_use]
    pub fn public(self) -> Self {
        match self {
            Self::Malformed | Self::Mismatch => Self::Unknown,
            other => other,
        }
    }

    /// Returns the name of the reason.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "Malformed",
            Self::Unknown => "Unknown",
            Self::Mismatch => "Mismatch",
            Self::Revoked => "Revoked",
            Self::Disabled => "Disabled",
            Self::Expired => "Expired",
            Self::OwnerInactive => "OwnerInactive",
            Self::ScopeDenied => "ScopeDenied",
            Self::ModelDenied => "ModelDenied",
        }
    }
}
