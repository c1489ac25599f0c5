//! Tests of what a request is known by, and how long.

use super::*;
use crate::testing::{FixedSecrets, fixture};

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

fn request<'a>(peppers: &'a Peppers, context: &TenantContext, key: &str) -> RepeatableRequest<'a> {
    request_to(Route::Create, peppers, context, key)
}

fn request_to<'a>(
    route: Route,
    peppers: &'a Peppers,
    context: &TenantContext,
    key: &str,
) -> RepeatableRequest<'a> {
    let key = IdempotencyKey::parse(key).unwrap();
    let content = Content::default().text("name", "ci");
    RepeatableRequest::new(context, peppers, key, route, &content)
}

fn own() -> TenantContext {
    fixture::in_principal(fixture::caller(1, 11), 11)
}

#[test]
fn a_request_is_known_by_its_caller_principal_route_and_key() {
    let peppers = fixture::peppers();
    let digest = |context: &TenantContext, key| request(&peppers, context, key).current.request;
    let with_key = |id| {
        let mut key = fixture::caller_key(11, &["*"]);
        key.id.0 = id;
        fixture::in_principal(fixture::with_key(fixture::caller(1, 11), key), 11)
    };
    let to = |route| request_to(route, &peppers, &own(), KEY).current.request;
    let all = [
        digest(&own(), KEY),
        digest(&own(), "another"),
        digest(&fixture::in_principal(fixture::caller(1, 11), 40), KEY),
        digest(&fixture::in_principal(fixture::caller(2, 12), 11), KEY),
        digest(&with_key(5), KEY),
        digest(&with_key(6), KEY),
        to(Route::CreateFor(UserId(1))),
        to(Route::CreateFor(UserId(2))),
        to(Route::Rotate(ApiKeyId(1))),
        to(Route::Rotate(ApiKeyId(2))),
    ];
    for (index, one) in all.iter().enumerate() {
        assert!(!all[index + 1..].contains(one), "{index}");
    }
    let everywhere = fixture::everywhere(fixture::caller(1, 11));
    assert_eq!(digest(&everywhere, KEY), all[0]);
}

#[test]
fn what_was_sealed_is_opened_under_another_pepper_that_knows_the_first() {
    let (old, secrets) = ("ab".repeat(32), FixedSecrets::default());
    let value = PlainKey::generate(&Default::default(), &secrets).unwrap();
    let old_peppers = Peppers::from_hex(&old).unwrap();
    let first = request(&old_peppers, &own(), KEY);
    let first = first.attempt(&value, &secrets, fixture::instant()).unwrap();
    let row = first.remembered(fixture::api_key(7, "ci").id);
    for (peppers, is_known) in [
        (old.clone(), true),
        (format!("{},{old}", "cd".repeat(32)), true),
        ("cd".repeat(32), false),
    ] {
        let peppers = Peppers::from_hex(&peppers).unwrap();
        let again = request(&peppers, &own(), KEY);
        let other = PlainKey::generate(&Default::default(), &secrets).unwrap();
        let attempt = again.attempt(&other, &secrets, fixture::instant()).unwrap();
        let repeat = attempt.repeats([row.clone()]).unwrap();
        assert_eq!(repeat.is_some(), is_known);
        if let Some(repeat) = repeat {
            let opened = again.open(&repeat).unwrap().unwrap();
            assert_eq!(opened.expose(), value.expose());
        }
    }
}

#[test]
fn a_secret_is_opened_for_five_minutes_and_a_request_remembered_for_a_day() {
    let (peppers, secrets) = (fixture::peppers(), FixedSecrets::default());
    let value = PlainKey::generate(&Default::default(), &secrets).unwrap();
    let sent = request(&peppers, &own(), KEY);
    let at = |seconds| {
        let at = fixture::instant().plus_seconds(seconds).unwrap();
        sent.attempt(&value, &secrets, at).unwrap()
    };
    let row = at(0).remembered(fixture::api_key(7, "ci").id);
    for (seconds, expected) in [
        (-86_401, None),
        (-86_400, Some(false)),
        (-301, Some(false)),
        (-300, Some(true)),
        (0, Some(true)),
        (299, Some(true)),
        (300, Some(false)),
        (86_399, Some(false)),
        (86_400, None),
    ] {
        let repeat = at(seconds).repeats([row.clone()]).unwrap();
        let is_open = repeat.map(|repeat| sent.open(&repeat).unwrap().is_some());
        assert_eq!(is_open, expected, "after {seconds} s");
    }
}
