//! Passwords of users.

mod opaque_string;

use crate::{gpustack::check_password_strength, invalid::Invalid};
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

const TOO_LONG: &str = "must have at most 1024 bytes";

/// A password in the form in which passwords are compared, so that the same password is
/// the same on every keyboard: an OpaqueString of RFC 8265, without control characters
/// and of at most [`PlainPassword::LONGEST`] bytes.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::password::{PlainPassword, PreparedPassword};
///
/// let decomposed = PlainPassword::new("Zo\u{308}e_123");
/// let prepared = PreparedPassword::of(&decomposed).unwrap();
/// assert_eq!(prepared.as_plain().expose(), "Z\u{f6}e_123");
/// assert!(PreparedPassword::of(&PlainPassword::new("a\n")).is_none());
/// ```
#[derive(Debug)]
pub struct PreparedPassword(PlainPassword);

// === impl PlainPassword ===

impl PlainPassword {
    /// The maximum length of a password in bytes, so that hashing it stays cheap.
    pub const LONGEST: usize = 1_024;
    /// The maximum length of what is typed in bytes. Decomposed letters and other spaces
    /// than that of ASCII take up to three times as many as in the stored form.
    pub const LONGEST_TYPED: usize = 3 * Self::LONGEST;

    /// Wraps `text` as a presented password. Any text may be one.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Checks the rules for a new password: when it is [prepared](PreparedPassword) it is
    /// strong ([`check_password_strength`]), has no control characters and at most 1,024
    /// bytes, and as typed it has at most 3,072. Specified under "Limits" in `docs/api.md`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `password` if a rule is broken.
    pub fn check_strength(&self) -> Result<(), Invalid> {
        self.prepare_new().map(drop)
    }

    /// Returns a new password as it is stored.
    ///
    /// # Errors
    ///
    /// As [`check_strength`](Self::check_strength).
    pub fn prepare_new(&self) -> Result<PreparedPassword, Invalid> {
        let refused = |rule| Invalid::new("password", rule);
        if self.is_overlong() {
            return Err(refused(TOO_LONG));
        }
        let prepared = opaque_string::prepare(&self.0).map(Self);
        let prepared = prepared.ok_or_else(|| refused("must not hold control characters"))?;
        if !prepared.is_storable() {
            return Err(refused(TOO_LONG));
        }
        check_password_strength(&prepared.0)?;
        Ok(PreparedPassword(prepared))
    }

    /// Returns whether this is longer than any password is. Such a text is not worth a
    /// look at its characters.
    pub fn is_overlong(&self) -> bool {
        self.0.len() > Self::LONGEST_TYPED
    }

    /// Returns whether this may have been stored as it is.
    pub(crate) fn is_storable(&self) -> bool {
        self.0.len() <= Self::LONGEST
    }

    /// Returns the password in the clear, for hashing only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PlainPassword {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PlainPassword(redacted)")
    }
}

// === impl PreparedPassword ===

impl PreparedPassword {
    /// Returns the form of a presented password; `None` if it has none, because it has a
    /// control character or is too long. It may be one nevertheless, of a time when new
    /// passwords were taken as they were typed.
    pub fn of(typed: &PlainPassword) -> Option<Self> {
        if typed.is_overlong() {
            return None;
        }
        let prepared = PlainPassword(opaque_string::prepare(&typed.0)?);
        prepared.is_storable().then_some(Self(prepared))
    }

    /// Returns the password as one that can be presented.
    pub fn as_plain(&self) -> &PlainPassword {
        &self.0
    }
}

/// The stored hash of a password, in the format of its hasher.
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
    /// Wraps the text that a hasher wrote.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text that the hasher wrote.
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
    fn a_new_password_is_judged_as_it_is_stored() {
        let refused = |text: &str| {
            let refused = PlainPassword::new(text).check_strength();
            refused.map_err(|invalid| invalid.to_string())
        };
        for text in ["Passw0rd_1\n", "Passw0rd\u{85}_1", "\0Passw0rd_1"] {
            let message = "password must not hold control characters".to_owned();
            assert_eq!(refused(text), Err(message), "{text:?}");
        }
        // Eight characters as typed and seven as stored; the only lower-case letter.
        assert!(refused("xW0_12o\u{308}").is_err());
        assert!(refused("PW0_1234o\u{308}").is_err());
        assert!(refused("PW0_123xo\u{308}").is_ok());
        let overlong = Err("password must have at most 1024 bytes".to_owned());
        let fill = |length, fill: &str| format!("Passw0rd_1{}", fill.repeat(length));
        assert_eq!(refused(&fill(1_014, "x")), Ok(()));
        assert_eq!(refused(&fill(1_015, "x")), overlong);
        // Three characters of two bytes each in Form C.
        assert_eq!(refused(&fill(200, "\u{fb2c}")), overlong);
        // Three bytes as typed and two as stored.
        assert_eq!(refused(&fill(600, "e\u{301}")), overlong);
        assert_eq!(refused(&fill(500, "e\u{301}")), Ok(()));
        // Three bytes as typed and one as stored.
        assert_eq!(refused(&fill(1_014, "\u{3000}")), Ok(()));
        assert_eq!(refused(&fill(1_015, "\u{3000}")), overlong);
    }
}
