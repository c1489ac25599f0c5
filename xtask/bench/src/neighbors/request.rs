//! The requests of tenants, but for those that other measurements send, too.

use crate::{keys::stored, load::template::Template};

/// The nine digits of a number.
const DIGITS: &str = "000000000";

/// Returns a request that deletes a key in the name of another. Its id is the slot.
pub(super) fn delete_key(key: &str) -> Template {
    let before = "DELETE /v2/api-keys/";
    Template::with_slot(before, DIGITS, &head(key, "\r\n"))
}

/// Returns a request for a page of the keys of another one's user. Its number is the
/// slot.
pub(super) fn page(key: &str) -> Template {
    let before = "GET /v2/api-keys?perPage=30&page=";
    Template::with_slot(before, DIGITS, &head(key, "\r\n"))
}

/// Returns a request that changes a key to what it was not before. The end of its
/// description is the slot.
pub(super) fn change_key(key: &str, id: i64) -> Template {
    let (begin, end) = (r#"{"description":"as of "#, r#""}"#);
    let length = begin.len() + DIGITS.len() + end.len();
    let body = format!("content-type: application/json\r\ncontent-length: {length}\r\n\r\n{begin}");
    let before = format!("PUT /v2/api-keys/{id}{}", head(key, &body));
    Template::with_slot(&before, DIGITS, end)
}

/// Returns a request that deletes a user. It has no slot.
pub(super) fn delete_user(key: &str, id: i64) -> Template {
    let request = format!("DELETE /v2/users/{id}{}", head(key, "\r\n"));
    Template::with_slot(&request, "", "")
}

/// Returns a request for a stream of the changes to the keys of a user, whose first key
/// has this number.
pub(super) fn watch(number: u64) -> String {
    let head = head(&stored(number), "\r\n");
    format!("GET /v2/api-keys?watch=true{head}")
}

fn head(key: &str, rest: &str) -> String {
    format!(" HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n{rest}")
}
