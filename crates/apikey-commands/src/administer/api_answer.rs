//! What the service answers: errors, pages, and objects whose fields keep their order.

use super::failure::Failure;
use crate::text::visible;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The body of a refusal.
#[derive(Deserialize)]
struct ErrorBody {
    code: u16,
    message: String,
}

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) items: Vec<Box<RawValue>>,
    pub(super) pagination: Option<Pagination>,
    /// Of keys.
    #[serde(default)]
    pub(super) next_cursor: Option<String>,
    /// Of events.
    #[serde(default)]
    pub(super) next: Option<String>,
    #[serde(default)]
    pub(super) has_more: bool,
    #[serde(default = "yes")]
    pub(super) is_complete: bool,
}

/// How much there is.
#[derive(Deserialize)]
pub(super) struct Pagination {
    pub(super) total: u64,
}

fn yes() -> bool {
    true
}

/// Returns the failure that a status other than 200 means.
pub(super) fn failure(what: &str, status: u16, body: &[u8]) -> Failure {
    let error: Option<ErrorBody> = serde_json::from_slice(body).ok();
    let Some(error) = error.filter(|error| error.code == status) else {
        return Failure::Failed(format!(
            "{what} was answered with {status}: is there an apikey-server at this address?"
        ));
    };
    let message = visible(&error.message);
    match status {
        401 => Failure::Refused(format!(
            "{message} (401): is the key right, and does it work?"
        )),
        404 if error.message == "No such route" => Failure::Failed(format!(
            "{what}: {message} (404): is the server of an earlier release?"
        )),
        404 => Failure::NotFound(message),
        400..500 => Failure::Refused(format!("{message} ({status})")),
        _ => Failure::Failed(format!("{message} ({status})")),
    }
}

/// Reads an answer.
///
/// # Errors
///
/// If it is something else.
pub(super) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(Failure::unreadable)
}
