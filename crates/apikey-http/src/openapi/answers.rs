//! The answers that operations have in common: each refusal once, by its status.

use super::{examples, files::JSON, schemas::Schemas};
use crate::{
    conventions::problem::{PROBLEM_JSON, ProblemView},
    error::ErrorView,
};
use serde_json::{Map, Value, json};

/// What is said of a refusal, and the headers that it may have beside `Cache-Control`.
type Refusal = (u16, &'static str, &'static str, &'static [&'static str]);

/// Each refusal: its status, its name, when it is, and its headers.
const REFUSALS: [Refusal; 14] = [
    (
        400,
        "BadRequest",
        "The body broke off, or a header is not as it must be.",
        &["X-Auth-Stale"],
    ),
    (
        401,
        "Unauthorized",
        "The credentials are missing or wrong, or their user is deactivated.",
        &["WWW-Authenticate"],
    ),
    (
        403,
        "Forbidden",
        "The caller may not do this, or not in this way.",
        &[],
    ),
    (
        404,
        "NotFound",
        "There is no such thing, as far as the caller may know.",
        &[],
    ),
    (
        408,
        "RequestTimeout",
        "The body did not arrive within 10 s.",
        &[],
    ),
    (
        409,
        "Conflict",
        "Something is taken, or stands against it.",
        &["Retry-After"],
    ),
    (
        412,
        "PreconditionFailed",
        "It is not as `If-Match` says.",
        &[],
    ),
    (
        413,
        "PayloadTooLarge",
        "The body has more than 65,536 bytes.",
        &[],
    ),
    (
        415,
        "UnsupportedMediaType",
        "The body is in another format.",
        &[],
    ),
    (
        422,
        "Invalid",
        "A value breaks a rule: the message says where, and which.",
        &[],
    ),
    (
        429,
        "TooManyRequests",
        "Too many wrong passwords, watches or changes.",
        &["Retry-After"],
    ),
    (
        500,
        "InternalServerError",
        "A bug or a corrupt row: the cause is in the log.",
        &[],
    ),
    (
        503,
        "ServiceUnavailable",
        "It cannot be done now. Whether a write took place is unknown.",
        &["Retry-After"],
    ),
    // Of the calls with which gateways verify keys.
    (
        401,
        KEY_REFUSED,
        "There is no key, or it is refused.",
        &KEY_HEADERS,
    ),
];

/// The name of a 401 about a key that was presented to be verified.
pub(super) const KEY_REFUSED: &str = "KeyRefused";

/// The name of a 403 about such a key.
pub(super) const KEY_INSUFFICIENT: &str = "KeyInsufficient";

const KEY_HEADERS: [&str; 2] = ["WWW-Authenticate", "X-Auth-Stale"];

/// Each header of answers that refusals have, too.
const HEADERS: [(&str, &str, &str); 5] = [
    ("Cache-Control", "no-store", "No answer may be stored."),
    ("Retry-After", "1", "After how many seconds to try again."),
    (
        "WWW-Authenticate",
        "Bearer realm=\"apikey\"",
        "What is wrong with the credentials; it never names `Basic`.",
    ),
    (
        "X-Auth-Stale",
        "true",
        "Present if the answer is from the memory of a server that has lost its database.",
    ),
    (
        "X-Request-Id",
        "7f3c2e9a",
        "The id under which the request is found in the log: the one that it came with, or another.",
    ),
];

/// Returns a reference to the refusal with this status.
pub(super) fn refusal(status: u16) -> Value {
    let named = REFUSALS.iter().find(|(code, ..)| *code == status);
    reference(named.map_or("", |(_, name, ..)| name))
}

/// Returns a reference to the refusal of this name.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/responses/{name}")})
}

/// Returns the refusals by their names.
pub(super) fn refusals(schemas: &mut Schemas) -> Value {
    let contents = contents(schemas);
    let insufficient = "The key does not grant the scope, or does not allow the model.";
    let insufficient = (403, KEY_INSUFFICIENT, insufficient, &KEY_HEADERS[..]);
    let all = REFUSALS.into_iter().chain([insufficient]);
    let described = all.map(|(status, name, description, headers)| {
        let mut answer = json!({
            "description": description,
            "headers": self::headers(headers),
            "content": contents,
        });
        answer["content"][JSON]["example"] = examples::refusal(status).clone();
        (name.to_owned(), answer)
    });
    Value::Object(described.collect())
}

/// Returns what the body of a refusal is like, by its type.
pub(super) fn contents(schemas: &mut Schemas) -> Value {
    let error = schemas.of::<ErrorView<'_>>();
    let problem = schemas.of::<ProblemView<'_>>();
    json!({JSON: {"schema": error}, PROBLEM_JSON: {"schema": problem}})
}

/// Returns references to what all answers have, and to these headers.
pub(super) fn headers(names: &[&str]) -> Value {
    let all = ["Cache-Control", "X-Request-Id"].iter().chain(names);
    let referred = all.map(|name| {
        let header = json!({"$ref": format!("#/components/headers/{name}")});
        ((*name).to_owned(), header)
    });
    Value::Object(referred.collect())
}

/// Returns the headers by their names.
pub(super) fn shared_headers() -> Value {
    let described = HEADERS.into_iter().map(|(name, example, description)| {
        let schema = match name {
            "Retry-After" => json!({"type": "integer", "minimum": 1}),
            _ => json!({"type": "string"}),
        };
        let example = match name {
            "Retry-After" => json!(1),
            _ => json!(example),
        };
        let mut header = json!({"description": description, "schema": schema, "example": example});
        if name == "Cache-Control" {
            header["required"] = json!(true);
        }
        (name.to_owned(), header)
    });
    Value::Object(described.collect::<Map<_, _>>())
}
