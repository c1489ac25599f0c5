//! Where the status of a key, its hint and its metadata are shown.

use crate::support::{TestApi, by, delete, get, next_chunk, patch, post, put, with_key};
use actix_web::{body::BoxBody, test::TestRequest};
use serde_json::{Value, json};

const WATCH: &str = "/v2/api-keys?watch=true";

fn revoke(id: i64) -> TestRequest {
    let body = json!({"reason": "unused", "comment": "idle for years"});
    post(&format!("/v2/api-keys/{id}/revoke"), body)
}

/// Makes a key of each status, and returns their ids with it.
async fn one_of_each(api: &TestApi) -> Vec<(i64, &'static str)> {
    let mut keys = Vec::new();
    for status in ["revoked", "disabled", "expired", "active"] {
        let (id, _) = api.key(json!({"name": status, "expires_in": 60})).await;
        keys.push((id, status));
    }
    api.alice(revoke(keys[0].0)).await;
    let change = async |place: usize, body: Value| {
        let (id, _) = keys[place];
        let changed = api.alice(patch(&format!("/v2/api-keys/{id}"), body)).await;
        assert_eq!(changed.status, 200);
    };
    change(1, json!({"disabled": true})).await;
    change(3, json!({"expires_at": null})).await;
    api.app.clock.advance_seconds(60);
    keys
}

#[actix_web::test]
async fn lists_walks_and_watches_show_the_status_of_now() {
    let api = TestApi::new().await;
    let keys = one_of_each(&api).await;
    let expected: Vec<_> = keys
        .iter()
        .map(|(id, status)| json!([id, status]))
        .collect();
    let shown = |key: &Value| json!([key["id"], key["status"]]);
    for path in [
        "/v2/api-keys?sort_by=created_at",
        "/v2/api-keys?sort_by=created_at&page=-1",
        "/v2/api-keys?sort_by=created_at&cursor=",
    ] {
        let listed = api.alice(get(path)).await.json();
        let listed: Vec<_> = listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(shown)
            .collect();
        assert_eq!(listed, expected, "{path}");
    }
    let mut body = watch(&api).await;
    let existing = events(next_chunk(&mut body).await);
    let watched: Vec<_> = existing.iter().map(|event| shown(&event["data"])).collect();
    assert_eq!(watched, expected);
    for (id, status) in keys {
        let read = api.alice(get(&format!("/v2/api-keys/{id}"))).await.json();
        assert_eq!(read["status"], status);
    }
}

#[actix_web::test]
async fn keys_that_were_ended_sort_before_all_others_by_their_expiry() {
    let api = TestApi::new().await;
    one_of_each(&api).await;
    let names = async |order: &str| {
        let listed = api
            .alice(get(&format!("/v2/api-keys?sort_by={order}")))
            .await;
        listed.names()
    };
    let ascending = ["revoked", "disabled", "expired", "active"];
    assert_eq!(names("expires_at").await, ascending);
    let descending = ["active", "expired", "disabled", "revoked"];
    assert_eq!(names("-expires_at").await, descending);
}

#[actix_web::test]
async fn the_hint_is_the_end_of_a_generated_secret() {
    let api = TestApi::new().await;
    let body = json!({"name": "ci", "metadata": {"team": "search"}});
    let created = api.alice(post("/v2/api-keys", body)).await.json();
    let value = created["value"].as_str().unwrap();
    assert_eq!(created["hint"], value[value.len() - 4..]);
    assert_eq!(created["metadata"], json!({"team": "search"}));
    let listed = api.alice(get("/v2/api-keys")).await.json();
    assert_eq!(listed["items"][0]["hint"], created["hint"]);
    assert_eq!(listed["items"][0]["metadata"], created["metadata"]);
    for custom in ["sk-0123456789abcdef", "gpustack_mine_0123456789abcdef"] {
        let body = json!({"name": custom, "custom": custom, "metadata": null});
        let created = api.alice(post("/v2/api-keys", body)).await.json();
        assert_eq!(created["hint"], Value::Null);
        assert_eq!(created["metadata"], json!({}));
    }
    for metadata in [json!([]), json!("x"), json!({"a": 1}), json!({"a": null})] {
        let body = json!({"name": "wrong", "metadata": metadata});
        assert_eq!(api.alice(post("/v2/api-keys", body)).await.status, 422);
    }
}

#[actix_web::test]
async fn a_contract_change_leaves_what_it_does_not_know() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci", "metadata": {"a": "b"}})).await;
    let path = format!("/v2/api-keys/{id}");
    api.alice(patch(&path, json!({"disabled": true}))).await;
    let mut shown = api.alice(get(&path)).await.json();
    let before = shown.clone();
    for (field, value) in [
        ("status", json!("active")),
        ("disabled_at", Value::Null),
        ("revoked_at", json!("2026-01-01T00:00:00Z")),
        ("revocation_reason", json!("other")),
        ("revocation_comment", json!("x")),
        ("hint", json!("0000")),
        ("metadata", json!({})),
        ("name", json!("other")),
        ("expires_at", json!("2027-01-01T00:00:00Z")),
    ] {
        shown[field] = value;
    }
    assert_eq!(api.alice(put(&path, shown)).await.json(), before);
}

async fn watch(api: &TestApi) -> BoxBody {
    let response = api.open(by("alice", get(WATCH))).await;
    assert_eq!(response.status(), 200);
    response.into_body()
}

fn events(chunk: Option<Result<String, String>>) -> Vec<Value> {
    let chunk = chunk.unwrap().unwrap();
    let frames = chunk.trim_end().split("\n\n");
    let parsed = frames.map(|frame| serde_json::from_str(frame).unwrap());
    parsed.collect()
}

#[actix_web::test]
async fn a_watch_and_the_record_show_what_changed() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let mut body = watch(&api).await;
    assert_eq!(events(next_chunk(&mut body).await).len(), 1);
    let expiry = "2027-01-01T00:00:00.000000Z";
    let changes = json!({
        "name": "other", "disabled": true, "expires_at": expiry, "metadata": {"a": "b"},
    });
    for (request, changed_fields) in [
        (
            patch(&path, changes),
            json!({
                "name": [["ci"], ["other"]],
                "expires_at": [[null], [expiry]],
                "status": [["active"], ["disabled"]],
                "metadata": [[{}], [{"a": "b"}]],
            }),
        ),
        (
            patch(&path, json!({"disabled": false})),
            json!({"status": [["disabled"], ["active"]]}),
        ),
        (revoke(id), json!({"status": [["active"], ["revoked"]]})),
    ] {
        api.app.clock.advance_seconds(1);
        let changed = api.alice(request).await.json();
        let event = &events(next_chunk(&mut body).await)[0];
        assert_eq!(event["type"], 2);
        assert_eq!(event["changed_fields"], changed_fields);
        assert_eq!(event["data"], changed);
        let recorded = api
            .root(get("/v2/events?kind=api_key.updated"))
            .await
            .json();
        let last = recorded["items"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .clone();
        assert_eq!(last["after"], changed);
        let status = &changed_fields["status"][0][0];
        assert_eq!(last["before"]["status"], *status);
    }
}

#[actix_web::test]
async fn the_record_shows_the_status_of_then() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci", "expires_in": 60})).await;
    let path = format!("/v2/api-keys/{id}");
    api.alice(patch(&path, json!({"description": "x"}))).await;
    api.app.clock.advance_seconds(60);
    let recorded = api
        .root(get("/v2/events?kind=api_key.updated"))
        .await
        .json();
    assert_eq!(recorded["items"][0]["after"]["status"], "active");
    assert_eq!(api.alice(get(&path)).await.json()["status"], "expired");
}

#[actix_web::test]
async fn a_watch_ends_when_its_key_is_disabled_revoked_or_expires_earlier() {
    let api = TestApi::new().await;
    for (number, how) in ["disabled", "revoked", "earlier"].into_iter().enumerate() {
        let (id, key) = api.key(json!({"name": format!("key {number}")})).await;
        let response = api.open(with_key(&key, get(WATCH))).await;
        let mut body = response.into_body();
        assert!(next_chunk(&mut body).await.is_some());
        let path = format!("/v2/api-keys/{id}");
        let request = match how {
            "disabled" => patch(&path, json!({"disabled": true})),
            "revoked" => revoke(id),
            _ => patch(&path, json!({"expires_at": "2027-01-01T00:00:00Z"})),
        };
        let changed = api.alice(request).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let last = events(next_chunk(&mut body).await);
        assert_eq!(last[0]["data"], changed.json(), "the last that it sends");
        assert!(next_chunk(&mut body).await.is_none(), "{how}");
    }
}

#[actix_web::test]
async fn a_watch_with_a_search_shows_a_key_that_leaves_it() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let response = api
        .open(by("alice", get(&format!("{WATCH}&search=ci"))))
        .await;
    let mut body = response.into_body();
    assert_eq!(events(next_chunk(&mut body).await).len(), 1);
    let path = format!("/v2/api-keys/{id}");
    api.alice(patch(&path, json!({"name": "other"}))).await;
    let left = events(next_chunk(&mut body).await);
    assert_eq!(
        left[0]["changed_fields"]["name"],
        json!([["ci"], ["other"]])
    );
    // What happens to it afterwards is not shown.
    api.alice(delete(&path)).await;
    api.key(json!({"name": "next ci"})).await;
    let next = events(next_chunk(&mut body).await);
    assert_eq!(next[0]["data"]["name"], "next ci");
}

#[actix_web::test]
async fn an_explanation_says_that_a_key_was_disabled_or_revoked() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let explain = async || {
        let explained = api.alice(post(&format!("{path}/explain"), json!({}))).await;
        let explained = explained.json();
        let checks = [&explained["checks"][1], &explained["checks"][2]].map(Value::clone);
        (explained["code"].clone(), checks)
    };
    let check = |check, passed, looked_at| json!({"check": check, "passed": passed, "looked_at": looked_at});
    let none = json!({"revoked_at": null});
    let revocation = check("revocation", true, none);
    let disabling = check("disabling", true, json!({"disabled_at": null}));
    assert_eq!(
        explain().await,
        (json!("Valid"), [revocation.clone(), disabling])
    );
    api.alice(patch(&path, json!({"disabled": true}))).await;
    let at = "2026-01-01T00:00:00.000000Z";
    let disabling = check("disabling", false, json!({"disabled_at": at}));
    assert_eq!(
        explain().await,
        (json!("Disabled"), [revocation, disabling.clone()])
    );
    api.alice(revoke(id)).await;
    let revocation = check("revocation", false, json!({"revoked_at": at}));
    assert_eq!(explain().await, (json!("Revoked"), [revocation, disabling]));
}
