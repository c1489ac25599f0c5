//! Parsing of JSON bodies, and the error messages for invalid ones.

use super::other_fields::{self, RequestBody};
use crate::error::{HttpError, place::Place};
use serde_json::error::Category;
use serde_path_to_error::Segment;

/// Parses `bytes` as one JSON object.
///
/// An error message names the place and what was expected there, but never the
/// value that was found: it may be a secret.
pub(super) fn parse<T: RequestBody>(bytes: &[u8]) -> Result<T, HttpError> {
    // Serde would also deserialize a struct from an array.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(HttpError::invalid_at(Place::BODY, "must be a JSON object"));
    }
    // Serde checks neither of these in fields that it ignores.
    let text = std::str::from_utf8(bytes)
        .map_err(|_| HttpError::invalid_at(Place::BODY, "must be JSON in UTF-8"))?;
    if depth(text) > MAX_DEPTH {
        return Err(HttpError::invalid_at(
            Place::BODY,
            "must be at most 64 levels deep",
        ));
    }
    other_fields::check::<T>(text)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut deserializer);
    let value = read.map_err(|error| refused(error.path(), error.inner()))?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// The maximum nesting depth of lists and objects.
const MAX_DEPTH: usize = 64;

/// Returns the nesting depth of lists and objects.
fn depth(text: &str) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    let (mut is_in_string, mut is_escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_string => is_escaped = true,
            b'"' => is_in_string = !is_in_string,
            b'[' | b'{' if !is_in_string => {
                open += 1;
                deepest = deepest.max(open);
            }
            b']' | b'}' if !is_in_string => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn refused(path: &serde_path_to_error::Path, error: &serde_json::Error) -> HttpError {
    if error.classify() != Category::Data {
        return malformed(error);
    }
    let rule = rule(error);
    let place = path
        .iter()
        .fold(Place::BODY, |place, segment| match segment {
            Segment::Seq { index } => place.entry(*index),
            // The name may be what was found: that of an unknown field, or one of metadata.
            _ => other_fields::within(place, &segment.to_string()),
        });
    HttpError::invalid_at(place, rule)
}

fn malformed(error: &serde_json::Error) -> HttpError {
    let (line, column) = (error.line(), error.column());
    let rule = format!("must be JSON, and is not at line {line} column {column}");
    HttpError::invalid_at(Place::BODY, rule)
}

/// How the rule begins that a name of a field breaks.
const UNKNOWN: &str = "unknown field, ";

/// Returns what was expected, without what was found.
fn rule(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // Serde's message is `invalid type: <found>, expected <what>`.
    if let Some((found, expected)) = text.rsplit_once(", expected ") {
        let expected = json_type(without_place(expected, error));
        // What is wrong with the name of a field is not what is wrong with its value.
        let is_name = found.starts_with("unknown field ");
        let what = if is_name { UNKNOWN } else { "" };
        return format!("{what}expected {expected}");
    }
    without_place(&text, error).to_owned()
}

/// Replaces serde's names of Rust types by those of JSON types.
fn json_type(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list",
        "a map" => "an object",
        other => other,
    }
}

/// Removes the line and column at the end of a message of serde_json: the path
/// is more useful.
fn without_place<'a>(text: &'a str, error: &serde_json::Error) -> &'a str {
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::OtherFields;
    use actix_web::{ResponseError, body::MessageBody};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only the errors are tested")]
    struct ExampleBody {
        name: String,
        #[serde(default)]
        scope: Vec<String>,
    }

    impl RequestBody for ExampleBody {
        const OTHER_FIELDS: OtherFields = OtherFields::NEAR;
    }

    fn message(text: &str) -> String {
        let error = parse::<ExampleBody>(text.as_bytes()).unwrap_err();
        let body = error.error_response().into_body().try_into_bytes().unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        body["message"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_message_names_the_place_and_what_was_expected() {
        let table = [
            ("", "body: must be a JSON object"),
            (r#"["ci"]"#, "body: must be a JSON object"),
            ("{}", "body: missing field `name`"),
            (r#"{"name": null}"#, "body.name: expected a string"),
            (
                r#"{"name": "a", "scope": ["*", {}]}"#,
                "body.scope[1]: expected a string",
            ),
            (
                r#"{"name": "a", "scope": "s3cret, expected nothing"}"#,
                "body.scope: expected a list",
            ),
            (
                r#"{"name": "a", "name": "b"}"#,
                "body: duplicate field `name`",
            ),
            (
                r#"{"name": "a"} x"#,
                "body: must be JSON, and is not at line 1 column 15",
            ),
            (
                r#"{"name": "\ud800"}"#,
                "body: must be JSON, and is not at line 1 column 17",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(message(text), expected, "{text}");
        }
    }

    #[test]
    fn depth_is_limited_even_in_ignored_fields() {
        let too_deep = "body: must be at most 64 levels deep";
        for field in ["name", "x"] {
            let open = format!(r#"{{"{field}": {}"#, "[".repeat(10_000));
            assert_eq!(message(&open), too_deep);
        }
        let brackets = format!(r#"{{"x": "\"{}"}}"#, "[".repeat(10_000));
        assert_eq!(message(&brackets), "body: missing field `name`");
    }

    #[test]
    fn text_must_be_utf_8_even_in_ignored_fields() {
        let error = parse::<ExampleBody>(b"{\"name\":\"x\",\"a\":\"\xff\"}").unwrap_err();
        assert_eq!(error.status_code().as_u16(), 422);
    }
}
