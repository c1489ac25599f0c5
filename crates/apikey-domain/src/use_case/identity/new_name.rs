//! A name that is given in a change of what has one already.

use crate::{
    error::{Error, PortError},
    invalid::Invalid,
};

/// Returns the name that was given as `text`, or `None` if it is the stored one: that may
/// break rules of today, and is looked up only where it matters.
///
/// # Errors
///
/// [`Error::Invalid`] for another name that breaks a rule; the error of the lookup.
pub(super) async fn new_name<N>(
    text: &str,
    parsed: Result<N, Invalid>,
    as_str: impl Fn(&N) -> &str,
    stored: impl Future<Output = Result<Option<String>, PortError>>,
) -> Result<Option<N>, Error> {
    if parsed.as_ref().is_ok_and(|name| as_str(name) == text) {
        return Ok(parsed.ok());
    }
    match stored.await? {
        Some(stored) if stored == text => Ok(None),
        _ => Ok(Some(parsed?)),
    }
}
