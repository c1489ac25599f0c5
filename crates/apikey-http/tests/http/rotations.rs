//! `POST /v2/api-keys/{id}/rotate` and the credentials of a key.

use crate::support::{TestApi, delete, get, patch, post, with_key};
use serde_json::{Value, json};

async fn rotate(api: &TestApi, id: i64, body: Value) -> (String, Value) {
    let path = format!("/v2/api-keys/{id}/rotate");
    let rotated = api.alice(post(&path, body)).await;
    assert_eq!(rotated.status, 200, "{}", rotated.body);
    let shown = rotated.json();
    (shown["value"].as_str().unwrap().to_owned(), shown)
}

/// Returns the id of the credential that a gateway is told of, or the code of the refusal.
async fn verdict(api: &TestApi, key: &str) -> Value {
    let body = json!({"key": key});
    let verified = api.root(post("/v2/api-keys/verify", body)).await.json();
    match verified["valid"].as_bool() {
        Some(true) => verified["credential_id"].clone(),
        _ => verified["code"].clone(),
    }
}

/// Returns the number and the state of each credential.
fn states(shown: &Value) -> Vec<String> {
    let credentials = shown["credentials"].as_array().unwrap().iter();
    credentials
        .map(|one| format!("{} {}", one["id"], one["state"].as_str().unwrap()))
        .collect()
}

#[actix_web::test]
async fn a_key_keeps_its_id_and_gets_another_secret() {
    let api = TestApi::new().await;
    let body = json!({"name": "ci", "scope": ["inference"], "metadata": {"team": "search"}});
    let (id, first) = api.key(body).await;
    let path = format!("/v2/api-keys/{id}");
    let before = api.alice(get(&path)).await.json();
    assert_eq!(states(&before), ["1 active"]);
    let (second, shown) = rotate(&api, id, json!({"grace_period_seconds": 60})).await;
    assert_ne!(first, second);
    assert_eq!(states(&shown), ["1 retiring", "2 active"]);
    assert_eq!(
        shown["credentials"][0]["masked_value"],
        before["masked_value"]
    );
    assert_eq!(shown["credentials"][0]["hint"], before["hint"]);
    assert_eq!(
        shown["credentials"][0]["expires_at"],
        "2026-01-01T00:01:00.000000Z"
    );
    assert!(second.ends_with(shown["hint"].as_str().unwrap()));
    for field in [
        "id",
        "name",
        "scope",
        "metadata",
        "created_at",
        "expires_at",
    ] {
        assert_eq!(shown[field], before[field], "{field}");
    }
    let tagged = api.alice(get(&path)).await;
    assert_eq!(tagged.json()["value"], Value::Null);
    assert_eq!(
        (verdict(&api, &first).await, verdict(&api, &second).await),
        (json!(1), json!(2))
    );
    api.app.clock.advance_seconds(60);
    assert_eq!(verdict(&api, &first).await, "Revoked");
    assert_eq!(verdict(&api, &second).await, 2);
    assert_eq!(
        states(&api.alice(get(&path)).await.json()),
        ["1 retired", "2 active"]
    );
}

#[actix_web::test]
async fn a_gateway_is_told_which_credential_it_is() {
    let api = TestApi::new().await;
    let (id, first) = api.key(json!({"name": "ci"})).await;
    let verified = |key: &str| with_key(key, get("/auth/verify"));
    let answer = api.send(verified(&first)).await;
    assert_eq!(answer.header("x-auth-credential-id"), "1");
    let (second, _) = rotate(&api, id, json!({"activate": "first_use"})).await;
    assert_eq!(api.send(verified(&first)).await.status, 200);
    let answer = api.send(verified(&second)).await;
    assert_eq!(
        (answer.status, answer.header("x-auth-credential-id")),
        (200, "2")
    );
    assert_eq!(api.send(verified(&first)).await.status, 401);
    let explained = format!("/v2/api-keys/{id}/explain");
    let explained = api.alice(post(&explained, json!({}))).await.json();
    let check = json!({
        "check": "credential", "passed": true,
        "looked_at": {"credential_id": 2, "ends_at": null},
    });
    assert_eq!(explained["checks"][0], check);
}

#[actix_web::test]
async fn a_credential_is_ended_but_for_the_active_one() {
    let api = TestApi::new().await;
    let (id, first) = api.key(json!({"name": "ci"})).await;
    let (second, _) = rotate(&api, id, json!({"grace_period_seconds": 604_800})).await;
    let path = |number: &str| format!("/v2/api-keys/{id}/credentials/{number}");
    let ended = api.alice(delete(&path("1"))).await;
    assert_eq!(ended.status, 200);
    assert_eq!(states(&ended.json()), ["1 retired", "2 active"]);
    assert_eq!(verdict(&api, &first).await, "Revoked");
    let again = api.alice(delete(&path("1"))).await;
    assert_eq!((again.status, again.body), (200, ended.body));
    for (number, refusal) in [
        (
            "2",
            "409 Conflict: The active credential cannot be ended: rotate, disable or revoke the key",
        ),
        ("3", "404 NotFound: Credential not found"),
    ] {
        assert_eq!(api.alice(delete(&path(number))).await.refusal(), refusal);
    }
    assert_eq!(api.alice(delete(&path("x"))).await.status, 422);
    assert_eq!(api.bob(delete(&path("1"))).await.status, 404);
    assert_eq!(verdict(&api, &second).await, 2);
}

#[actix_web::test]
async fn what_is_wrong_is_refused_and_changes_nothing() {
    let api = TestApi::new().await;
    let (id, first) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let rotate = format!("{path}/rotate");
    let before = api.alice(get(&path)).await.body;
    for (body, status) in [
        (json!({"grace_period_seconds": -1}), 422),
        (json!({"grace_period_seconds": 604_801}), 422),
        (json!({"grace_period_seconds": "60"}), 422),
        (json!({"activate": "later"}), 422),
        (json!({"custom": "short"}), 422),
        (json!({"grace": 60}), 422),
        (json!({"custom": first}), 409),
    ] {
        let refused = api.alice(post(&rotate, body.clone())).await;
        assert_eq!(refused.status, status, "{body}");
    }
    assert_eq!(api.bob(post(&rotate, json!({}))).await.status, 404);
    assert_eq!(api.alice(get(&path)).await.body, before);
    let itself = with_key(&first, post(&rotate, json!({})));
    let refusal =
        "403 Forbidden: API key may not rotate itself: somebody else must set self_rotation";
    assert_eq!(api.send(itself).await.refusal(), refusal);
    let allowing = with_key(&first, patch(&path, json!({"self_rotation": true})));
    assert_eq!(api.send(allowing).await.refusal(), refusal);
    assert_eq!(
        api.alice(patch(&path, json!({"self_rotation": true})))
            .await
            .status,
        200
    );
    let itself = with_key(&first, post(&rotate, json!({})));
    assert_eq!(api.send(itself).await.status, 200);
    assert_eq!(verdict(&api, &first).await, "Revoked");
}

#[actix_web::test]
async fn the_last_use_of_each_credential_is_shown() {
    let api = TestApi::new().await;
    let (id, first) = api.key(json!({"name": "ci"})).await;
    let (second, _) = rotate(&api, id, json!({"grace_period_seconds": 600})).await;
    for key in [&first, &second] {
        api.app.clock.advance_seconds(60);
        assert_eq!(
            api.send(with_key(key, get("/auth/verify"))).await.status,
            200
        );
        let uses = api.app.usage.take().unwrap();
        let memory = &api.app.memory;
        use apikey_domain::port::api_key_repository::ApiKeyRepository;
        memory.record_uses(&uses.keys, uses.at).await.unwrap();
        memory
            .record_credential_uses(&uses.credentials, uses.at)
            .await
            .unwrap();
    }
    let shown = api.alice(get(&format!("/v2/api-keys/{id}"))).await.json();
    let uses = [0, 1].map(|index| shown["credentials"][index]["last_used_at"].clone());
    assert_eq!(
        uses,
        ["2026-01-01T00:01:00.000000Z", "2026-01-01T00:02:00.000000Z"]
    );
    assert_eq!(shown["last_used_at"], uses[1]);
}
