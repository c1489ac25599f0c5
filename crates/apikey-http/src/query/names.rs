//! Names of parameters that are almost right.

use crate::{error::HttpError, near_name::KnownNames};
use percent_encoding::percent_decode;
use std::cell::LazyCell;

/// Refuses a query with a parameter that is none of `known` and may have been meant to
/// be one: the name is near, or it is encoded, or `=` is missing. Others are ignored.
///
/// # Errors
///
/// 422 for the first such parameter.
pub(crate) fn check_names(query: &str, known: &[&'static str]) -> Result<(), HttpError> {
    check(query, known, None)
}

/// As [`check_names`], with parameters whose names begin with `family`, a word and a dot.
///
/// # Errors
///
/// 422 for the first such parameter.
pub(super) fn check(
    query: &str,
    known: &[&'static str],
    family: Option<&'static str>,
) -> Result<(), HttpError> {
    let word = family.map(|family| family.trim_end_matches('.'));
    let meant = || known.iter().copied().chain(word);
    // Most queries have known names only.
    let near = LazyCell::new(|| KnownNames::new(&meant().collect::<Vec<_>>()));
    for parameter in query.split('&') {
        let (name, is_given) = match parameter.split_once('=') {
            Some((name, _)) => (name, true),
            None => (parameter, false),
        };
        if name.is_empty() || (is_given && known.contains(&name)) {
            continue;
        }
        let name = decoded(name);
        // `=` may be encoded, too.
        let name = name.split(|byte| *byte == b'=').next().unwrap_or_default();
        let name = String::from_utf8_lossy(name);
        if is_given && family.is_some_and(|family| name.starts_with(family)) {
            continue;
        }
        // Such as `scope[]`, as some clients write a list.
        let within = || {
            let name = name.to_lowercase();
            meant().find(|meant| name.contains(meant))
        };
        if let Some(meant) = near.nearest(&name).or_else(within) {
            let rest = if Some(meant) == word { ".{name}" } else { "" };
            let message = format!("query: unknown parameter, did you mean '{meant}{rest}='?");
            return Err(HttpError::invalid(message));
        }
    }
    Ok(())
}

/// Decodes the encoding of HTML forms.
pub(super) fn decoded(text: &str) -> Vec<u8> {
    let spaced = text.replace('+', " ");
    percent_decode(spaced.as_bytes()).collect()
}
