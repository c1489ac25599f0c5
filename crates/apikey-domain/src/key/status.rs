//! What has become of a key: whether it may be used, and what ended that.

use crate::{
    key::{expiry::Expiry, revocation::Revocation},
    timestamp::Timestamp,
};

/// What has become of a key. Of several the first one holds.
///
/// # Example
///
/// ```
/// use apikey_domain::{key::status::Status, testing::fixture};
///
/// let key = fixture::api_key(7, "ci");
/// assert_eq!(key.status(fixture::instant()), Status::Active);
/// assert_eq!(Status::parse("expired").unwrap(), Status::Expired);
/// assert_eq!(Status::Disabled.as_str(), "disabled");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It was revoked, for good.
    Revoked,
    /// It is disabled until somebody enables it.
    Disabled,
    /// Its time is over.
    Expired,
    /// It may be used, if its user may use it.
    Active,
}

impl Status {
    /// All of them, in the order in which they are decided.
    pub const ALL: [Self; 4] = [Self::Revoked, Self::Disabled, Self::Expired, Self::Active];

    /// Returns the status at `now` of a key that was withdrawn like this and expires then.
    pub fn of(withdrawal: Withdrawal, expires_at: Expiry, now: Timestamp) -> Self {
        if withdrawal.revoked_at.is_some() {
            Self::Revoked
        } else if withdrawal.disabled_at.is_some() {
            Self::Disabled
        } else if expires_at.has_passed(now) {
            Self::Expired
        } else {
            Self::Active
        }
    }

    /// Parses a status.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::Invalid) for `status`, which lists all of them.
    pub fn parse(text: &str) -> Result<Self, crate::Invalid> {
        let known = Self::ALL.into_iter().find(|status| status.as_str() == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            crate::Invalid::new("status", format!("must be one of {names}"))
        })
    }

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::Active => "active",
        }
    }
}

/// When somebody ended the use of a key, for a while or for good.
///
/// # Example
///
/// ```
/// use apikey_domain::{key::status::Withdrawal, testing::fixture};
///
/// let disabled = Withdrawal { disabled_at: Some(fixture::instant()), revoked_at: None };
/// assert!(disabled.is_in_force());
/// assert!(!Withdrawal::NONE.is_in_force());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Withdrawal {
    /// Since when it is disabled.
    pub disabled_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Withdrawal {
    /// That of a key that is neither disabled nor revoked.
    pub const NONE: Self = Self {
        disabled_at: None,
        revoked_at: None,
    };

    /// Returns the withdrawal of a key with these.
    pub fn of(disabled_at: Option<Timestamp>, revocation: Option<&Revocation>) -> Self {
        Self {
            disabled_at,
            revoked_at: revocation.map(|revocation| revocation.at),
        }
    }

    /// Returns whether the key is disabled or revoked.
    pub fn is_in_force(self) -> bool {
        self != Self::NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    #[test]
    fn of_several_the_first_of_revoked_disabled_and_expired_holds() {
        let now = fixture::instant();
        let past = Expiry::at(now);
        for (disabled, revoked, expires_at, expected) in [
            (false, false, Expiry::NEVER, Status::Active),
            (false, false, past, Status::Expired),
            (true, false, Expiry::NEVER, Status::Disabled),
            (true, false, past, Status::Disabled),
            (false, true, Expiry::NEVER, Status::Revoked),
            (false, true, past, Status::Revoked),
            (true, true, Expiry::NEVER, Status::Revoked),
            (true, true, past, Status::Revoked),
        ] {
            let withdrawal = Withdrawal {
                disabled_at: disabled.then_some(now),
                revoked_at: revoked.then_some(now),
            };
            assert_eq!(Status::of(withdrawal, expires_at, now), expected);
        }
    }
}
