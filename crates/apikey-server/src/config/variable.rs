//! Variables of settings without flags.

use super::refused::Refused;
use std::env::VarError;

/// Returns a variable. An empty one counts as unset.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
pub(super) fn read(name: &str) -> Result<Option<String>, Refused> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Refused::new(name, "(not text)", "UTF-8 text")),
    }
}
