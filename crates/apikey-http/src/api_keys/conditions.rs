//! The parameters that say what the keys of a list are like.

use crate::{error::HttpError, query::Query};
use apikey_domain::{
    key::{
        conditions::{KeyConditions, Noted},
        status::Status,
    },
    timestamp::Timestamp,
};

/// The names of parameters. One that is misspelled is refused: the list would show more than
/// what was asked for, and whoever asks for expired keys may delete what it shows.
const NAMES: [&str; 3] = ["status", "expires_before", "unused_since"];

/// What the names of parameters for metadata begin with.
const METADATA: &str = "metadata.";

/// Parses what the keys are like, with their status at `now`.
///
/// # Errors
///
/// 422 for the first invalid value or misspelled name, or if it is that of a watch.
pub(super) fn conditions(
    query: &Query,
    now: Timestamp,
    is_watch: bool,
) -> Result<KeyConditions, HttpError> {
    query.check_names_and_family(&NAMES, METADATA)?;
    let status = query.text("status")?;
    let status = status.map(|name| Status::parse(&name)).transpose()?;
    let noted = query.family(METADATA)?;
    let noted = (!noted.is_empty()).then(|| Noted::parse(noted));
    let conditions = KeyConditions {
        status: status.map(|status| (status, now)),
        expires_before: query.instant("expires_before")?,
        unused_since: query.instant("unused_since")?,
        noted: noted.transpose()?,
    };
    if is_watch && let Some(name) = first(&conditions) {
        return Err(HttpError::invalid_parameter(
            name,
            "not together with watch",
        ));
    }
    Ok(conditions)
}

/// Returns the name of the first condition.
fn first(conditions: &KeyConditions) -> Option<&'static str> {
    let [status, expires_before, unused_since] = NAMES;
    let given = [
        (conditions.status.is_some(), status),
        (conditions.expires_before.is_some(), expires_before),
        (conditions.unused_since.is_some(), unused_since),
        (conditions.noted.is_some(), "metadata"),
    ];
    let mut given = given.into_iter();
    given.find_map(|(is_given, name)| is_given.then_some(name))
}
