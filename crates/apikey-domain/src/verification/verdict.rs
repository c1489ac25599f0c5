//! The outcomes of a verification.

/// The outcome of a verification, with its reason.
///
/// # Example
///
/// ```
/// use apikey_domain::verification::Verdict;
///
/// assert_eq!(Verdict::Mismatch.public(), Verdict::Unknown);
/// assert_eq!(Verdict::Expired.public(), Verdict::Expired);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The key may be used.
    Valid,
    /// The text cannot be a key.
    Malformed,
    /// No key has this access key.
    Unknown,
    /// A key has this access key and another secret.
    Mismatch,
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

impl Verdict {
    /// Every verdict, in declaration order.
    pub const ALL: [Self; 8] = [
        Self::Valid,
        Self::Malformed,
        Self::Unknown,
        Self::Mismatch,
        Self::Expired,
        Self::OwnerInactive,
        Self::ScopeDenied,
        Self::ModelDenied,
    ];

    /// Returns whether the key may be used.
    pub fn is_valid(self) -> bool {
        self == Self::Valid
    }

    /// Returns the verdict to show to clients, which does not reveal whether an
    /// access key exists.
    pub fn public(self) -> Self {
        match self {
            Self::Malformed | Self::Mismatch => Self::Unknown,
            other => other,
        }
    }

    /// Returns the name of the verdict.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "Valid",
            Self::Malformed => "Malformed",
            Self::Unknown => "Unknown",
            Self::Mismatch => "Mismatch",
            Self::Expired => "Expired",
            Self::OwnerInactive => "OwnerInactive",
            Self::ScopeDenied => "ScopeDenied",
            Self::ModelDenied => "ModelDenied",
        }
    }
}
