//! Passwords of users.

use crate::invalid::Invalid;
use zeroize::Zeroizing;

/// A password in the clear.
///
/// Has no `Clone`, `Display` or `Serialize`, prints as
/// `PlainPassword(redacted)` and is wiped when dropped.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::password::PlainPassword;
///
/// let password = PlainPassword::new("Passw0rd_1");
/// assert!(password.check_strength().is_ok());
/// assert!(PlainPassword::new("password").check_strength().is_err());
/// assert_eq!(format!("{password:?}"), "PlainPassword(redacted)");
/// ```
pub struct PlainPassword(Zeroizing<String>);

impl PlainPassword {
    /// The fewest characters of a new password.
    pub const SHORTEST: usize = 8;
    /// The most bytes of a password, so that hashing it stays cheap.
    pub const LONGEST: usize = 1_024;

    /// Takes `text` as a password someone presents; any text may be one.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Checks what a new password needs: a lower-case letter, an upper-case
    /// letter, a digit, one of `!@#$%^&*_+`, 8 characters or more and at most
    /// 1,024 bytes. Source of the rule: "Limits" in `docs/api.md`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `password` when one is missing.
    pub fn check_strength(&self) -> Result<(), Invalid> {
        let has = |rule: fn(char) -> bool| self.0.chars().any(rule);
        let is_strong = has(|c| c.is_ascii_lowercase())
            && has(|c| c.is_ascii_uppercase())
            && has(|c| c.is_ascii_digit())
            && has(|c| "!@#$%^&*_+".contains(c))
            && self.0.chars().count() >= Self::SHORTEST
            && self.0.len() <= Self::LONGEST;
        is_strong.then_some(()).ok_or_else(|| {
            Invalid::new(
                "password",
                "must have at least 8 characters, among them a lower-case letter, an upper-case \
                 letter, a digit and one of !@#$%^&*_+",
            )
        })
    }

    /// The password in the clear, for hashing only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PlainPassword {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PlainPassword(redacted)")
    }
}

/// The stored hash of a password, in the form its hasher writes.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::password::PasswordHash;
///
/// let hash = PasswordHash::new("$argon2id$...");
/// assert_eq!(format!("{hash:?}"), "PasswordHash(redacted)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes the form a hasher wrote.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The form the hasher wrote.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasswordHash(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_lacks_one_kind_is_refused() {
        for weak in [
            "passw0rd_1",
            "PASSW0RD_1",
            "Password_!",
            "Passw0rd1",
            "Pa0_x",
        ] {
            assert!(PlainPassword::new(weak).check_strength().is_err(), "{weak}");
        }
        assert!(PlainPassword::new("Admin_123").check_strength().is_ok());
    }
}
