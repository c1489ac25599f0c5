//! Target `bodies`: the JSON that creates, changes, rotates, revokes and verifies keys.

mod changes;
mod expected;
mod fields;

use crate::{json, linear::must_be_linear};
use apikey_domain::{key::changes::ApiKeyChanges, use_case::keys::create_api_key::CreateApiKey};
use apikey_http::fuzzing::{
    api_keys::{create, patch, revoke, rotate, update},
    verification::verify,
};
use expected::{Created, Expected};
use fields::Fields;

/// How deep the objects of a body may be nested.
const DEEPEST: usize = 64;

/// Checks a body, after a letter that says what it does: `c`, `u`, `p` (changes in part), `r`
/// (revokes), `o` (rotates) or `v`.
///
/// # Panics
///
/// When a value is not the one that a plain reader finds, or what it refuses is taken.
pub fn check(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else {
        return;
    };
    let object = json::read(body).filter(|value| json::depth(value) <= DEEPEST);
    must_agree_on_json(body, object.is_some());
    let fields = object.and_then(Fields::of);
    match kind {
        b'c' => {
            let read = create(body).map(|read| created(&read));
            must_be(body, read, fields.map(expected::created));
            must_be_linear(body, |long| drop(create(long)));
        }
        b'u' => {
            must_be(body, update(body), fields.map(expected::updated));
            must_be_linear(body, |long| drop(update(long)));
        }
        b'p' => {
            let read = patch(body).map(changes::with_expiry);
            must_be(body, read, fields.map(changes::patched));
            must_be_linear(body, |long| drop(patch(long)));
        }
        b'r' => {
            must_be(body, revoke(body), fields.map(changes::revoked));
            must_be_linear(body, |long| drop(revoke(long)));
        }
        b'o' => {
            let read = rotate(body).map(|read| changes::rotation(&read));
            must_be(body, read, fields.map(changes::rotated));
            must_be_linear(body, |long| drop(rotate(long)));
        }
        b'v' => {
            must_be(body, verify(body), fields.map(expected::verified));
            must_be_linear(body, |long| drop(verify(long)));
        }
        _ => {}
    }
}

/// Demands that a body is refused if it is no object, or if a field is wrong, and taken
/// as it is written otherwise.
fn must_be<T: PartialEq + std::fmt::Debug>(
    body: &[u8],
    read: Result<T, u16>,
    expected: Option<Expected<T>>,
) {
    let shown = String::from_utf8_lossy(body);
    match (read, expected) {
        (Err(status), expected) => {
            assert_eq!(status, 422, "{shown}");
            let must_be_taken =
                expected.is_some_and(|one| one.value.is_some() && !one.may_be_refused);
            assert!(!must_be_taken, "refused: {shown}");
        }
        (Ok(read), Some(expected)) => assert_eq!(Some(read), expected.value, "{shown}"),
        (Ok(_), None) => panic!("taken, and no object: {shown}"),
    }
}

/// What is JSON to serde is JSON here; the other way round there are halves of surrogate
/// pairs and numbers that no float holds.
fn must_agree_on_json(body: &[u8], is_json: bool) {
    let shown = String::from_utf8_lossy(body);
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(value) => assert!(is_json || depth(&value) > DEEPEST, "{shown}"),
        Err(_) => {
            let is_special = shown.contains("\\u") || shown.contains(['e', 'E']);
            let is_long = body.len() > 300;
            assert!(!is_json || is_special || is_long, "{shown}");
        }
    }
}

fn depth(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn created(read: &CreateApiKey) -> Created {
    Created {
        name: read.name.clone(),
        changes: ApiKeyChanges {
            description: Some(read.description.clone()),
            scope: Some(read.scope),
            allowed_model_names: Some(read.allowed_model_names.clone()),
            ..ApiKeyChanges::default()
        },
        metadata: read.metadata.clone(),
        lifetime: read.lifetime,
        has_custom: read.custom.is_some(),
        flags: [read.self_rotation, read.replaces_expired],
    }
}
