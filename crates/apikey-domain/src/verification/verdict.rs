//! What can be decided about a presented key.

/// What was decided, with the reason.
///
/// More reasons may come: a key that is switched off, used too often, or used
/// from where it must not be.
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
    /// The key may do what is asked.
    Valid,
    /// No key that was ever issued reads so.
    Malformed,
    /// No key has this access key.
    Unknown,
    /// A key has this access key and another secret.
    Mismatch,
    /// The key has expired.
    Expired,
    /// Its user is deactivated, or does not belong any more to the organization
    /// that owns it.
    OwnerInactive,
    /// The key does not grant a wanted scope.
    ScopeDenied,
    /// The key may not use the wanted model.
    ModelDenied,
}

impl Verdict {
    /// Every verdict, in the order in which they are declared.
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

    /// Whether the key may do what is asked.
    pub fn is_valid(self) -> bool {
        self == Self::Valid
    }

    /// What the outside is told: nobody learns whether an access key exists.
    pub fn public(self) -> Self {
        match self {
            Self::Malformed | Self::Mismatch => Self::Unknown,
            other => other,
        }
    }

    /// The name of the verdict.
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
