//! `PATCH /v2/api-keys/{id}`: what becomes of a key by each field.

use crate::support::{TestApi, get, patch, post, with_key};
use serde_json::{Value, json};

/// Returns what a key shows that a change may change.
fn changeable(key: &Value) -> Value {
    json!([
        key["name"],
        key["description"],
        key["scope"],
        key["allowed_model_names"],
        key["expires_at"],
        key["metadata"],
    ])
}

#[actix_web::test]
async fn each_field_is_changed_alone_and_null_takes_away() {
    let api = TestApi::new().await;
    let body = json!({
        "name": "ci", "description": "a", "allowed_model_names": ["m"], "expires_in": 60,
        "metadata": {"team": "search", "stage": "test"},
    });
    let (id, _) = api.key(body).await;
    let path = format!("/v2/api-keys/{id}");
    let minute = "2026-01-01T00:01:00.000000Z";
    let both = json!({"stage": "test", "team": "search"});
    let first = json!(["ci", "a", ["*"], ["m"], minute, both]);
    for (body, expected) in [
        (json!({}), first.clone()),
        (
            json!({"name": "other"}),
            json!(["other", "a", ["*"], ["m"], minute, both]),
        ),
        (
            json!({"description": null}),
            json!(["other", null, ["*"], ["m"], minute, both]),
        ),
        (
            json!({"description": "b", "scope": ["inference"]}),
            json!(["other", "b", ["inference"], ["m"], minute, both]),
        ),
        (
            json!({"allowed_model_names": ["n"], "scope": []}),
            json!(["other", "b", [], ["n"], minute, both]),
        ),
        (
            json!({"allowed_model_names": null}),
            json!(["other", "b", [], null, minute, both]),
        ),
        (
            json!({"expires_at": null}),
            json!(["other", "b", [], null, null, both]),
        ),
        (
            json!({"expires_at": "2026-01-01T01:01:00+01:00"}),
            json!(["other", "b", [], null, minute, both]),
        ),
        (
            json!({"metadata": {"team": null, "cost center": "7", "none": null}}),
            json!(["other", "b", [], null, minute, {"cost center": "7", "stage": "test"}]),
        ),
        (
            json!({"metadata": {}}),
            json!(["other", "b", [], null, minute, {"cost center": "7", "stage": "test"}]),
        ),
        (
            json!({"metadata": null}),
            json!(["other", "b", [], null, minute, {}]),
        ),
    ] {
        api.app.clock.advance_seconds(1);
        let changed = api.alice(patch(&path, body.clone())).await;
        assert_eq!(changed.status, 200, "{body} {}", changed.body);
        assert_eq!(changeable(&changed.json()), expected, "{body}");
        let read = api.alice(get(&path)).await;
        assert_eq!(read.json(), changed.json(), "{body}");
        assert_eq!(read.header("etag"), changed.header("etag"), "{body}");
    }
}

#[actix_web::test]
async fn what_changes_nothing_leaves_the_instant_of_the_last_change() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci", "description": "a"})).await;
    let path = format!("/v2/api-keys/{id}");
    let before = api.alice(get(&path)).await.json();
    api.app.clock.advance_seconds(1);
    for body in [
        json!({}),
        json!({"name": "ci", "description": "a", "scope": ["*"], "disabled": false}),
        json!({"expires_at": null, "metadata": null, "allowed_model_names": null}),
    ] {
        assert_eq!(api.alice(patch(&path, body)).await.json(), before);
    }
    let events = api.root(get("/v2/events?kind=api_key.updated")).await;
    assert_eq!(events.json()["items"], json!([]));
}

#[actix_web::test]
async fn an_expiry_is_not_in_the_past_unless_it_is_the_one_that_came() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci", "expires_in": 60})).await;
    let path = format!("/v2/api-keys/{id}");
    let until = |at: &str| patch(&path, json!({"expires_at": at}));
    for at in [
        "2026-01-01T00:00:00Z",
        "2025-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00Z",
    ] {
        assert_eq!(api.alice(until(at)).await.status, 422, "{at}");
    }
    api.app.clock.advance_seconds(61);
    let expired = "2026-01-01T00:01:00Z";
    let same = api.alice(until(expired)).await;
    assert_eq!(
        (same.status, &same.json()["status"]),
        (200, &json!("expired"))
    );
    assert_eq!(api.alice(until("2026-01-01T00:01:01Z")).await.status, 422);
    let later = api.alice(until("2026-01-01T00:01:02Z")).await.json();
    assert_eq!(later["status"], "active");
    let verified = api.send(with_key(&key, get("/auth/verify"))).await;
    assert_eq!(verified.status, 200);
    api.app.clock.advance_seconds(1);
    let verified = api.send(with_key(&key, get("/auth/verify"))).await;
    assert_eq!(verified.status, 401, "to the second");
    let read = api.alice(get(&path)).await.json();
    assert_eq!(read["status"], "expired");
}

#[actix_web::test]
async fn a_name_is_moved_to_where_it_is_free() {
    let api = TestApi::new().await;
    let (first, _) = api.key(json!({"name": "first"})).await;
    let (second, _) = api.key(json!({"name": "second"})).await;
    let path = |id: i64| format!("/v2/api-keys/{id}");
    let name = |id, name: &str| patch(&path(id), json!({"name": name, "description": "x"}));
    assert_eq!(
        api.alice(name(second, "first")).await.refusal(),
        "409 AlreadyExists: Api key first already exists"
    );
    let untouched = api.alice(get(&path(second))).await.json();
    assert_eq!(untouched["description"], Value::Null);
    assert_eq!(api.alice(name(first, "third")).await.status, 200);
    assert_eq!(api.alice(name(second, "first")).await.status, 200);
    let listed = api.alice(get("/v2/api-keys?sort_by=name")).await;
    assert_eq!(listed.names(), ["first", "third"]);
    let found = api.alice(get("/v2/api-keys?search=thir")).await;
    assert_eq!(found.names(), ["third"]);
    let found = api.alice(get("/v2/api-keys?search=second")).await;
    assert!(found.names().is_empty());
    // Of another user: names are theirs alone.
    let of_bob = api
        .bob(post("/v2/api-keys", json!({"name": "second"})))
        .await;
    let renamed = api.bob(name(of_bob.json()["id"].as_i64().unwrap(), "first"));
    assert_eq!(renamed.await.status, 200);
}
