//! How strong a new password must be.

use crate::invalid::Invalid;

/// The minimum length of a new password in characters.
const SHORTEST: usize = 8;
/// The characters of which a new password has at least one.
const SPECIAL: &str = "!@#$%^&*_+";
const TOO_WEAK: &str = "must have at least 8 characters, among them a lower-case letter, an \
                        upper-case letter, a digit and one of !@#$%^&*_+";

/// Checks that a new password, as it is stored, has a lowercase letter, an uppercase
/// letter, a digit, one of `!@#$%^&*_+`, and at least 8 characters. Specified under
/// "Limits" in `docs/api.md`.
///
/// # Errors
///
/// [`Invalid`] for `password` if it lacks one of them.
///
/// # Example
///
/// ```
/// use apikey_domain::gpustack::check_password_strength;
///
/// assert!(check_password_strength("Passw0rd_1").is_ok());
/// assert!(check_password_strength("password").is_err());
/// ```
pub fn check_password_strength(text: &str) -> Result<(), Invalid> {
    let has = |rule: fn(char) -> bool| text.chars().any(rule);
    let is_strong = has(|c| c.is_ascii_lowercase())
        && has(|c| c.is_ascii_uppercase())
        && has(|c| c.is_ascii_digit())
        && has(|c| SPECIAL.contains(c))
        && text.chars().count() >= SHORTEST;
    if !is_strong {
        return Err(Invalid::new("password", TOO_WEAK));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_lacks_a_required_character_class_is_refused() {
        for weak in [
            "passw0rd_1",
            "PASSW0RD_1",
            "Password_!",
            "Passw0rd1",
            "Pa0_x",
        ] {
            assert!(check_password_strength(weak).is_err(), "{weak}");
        }
        assert!(check_password_strength("Admin_123").is_ok());
    }
}
