//! `GET /v2/events`: the content of events, and who may read them.
//!
//! A key in an event is compared with the same key in the list, byte for byte. How
//! a whole key is written is pinned in `api_keys.rs`.

use crate::support::{TestApi, TestResponse, delete, get, in_organization, post, put, with_key};
use actix_web::{
    http::{Method, header},
    test::TestRequest,
};
use apikey_domain::{
    change::notice::ExpiryNotices,
    port::{clock::Clock, endings::Endings},
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

const PATH: &str = "/v2/events";

pub(crate) async fn list(api: &TestApi, query: &str) -> TestResponse {
    api.root(get(&format!("{PATH}?{query}"))).await
}

#[actix_web::test]
async fn an_event_records_the_change_its_time_and_its_author() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let (_, other) = api.key(json!({"name": "other"})).await;
    let path = format!("/v2/api-keys/{id}");
    api.app.clock.advance_seconds(60);
    let changes = json!({"description": "for CI"});
    let before = api.key_text(id).await;
    api.send(with_key(&other, put(&path, changes))).await;
    let after = api.key_text(id).await;
    api.root(delete(&path)).await;
    let listed = list(&api, &format!("api_key_id={id}")).await;
    assert_eq!(listed.header(header::CACHE_CONTROL), "no-store");
    let items = &listed.json()["items"];
    let sides = ["before", "after"].map(|side| (&items[0][side], &items[2][side]));
    assert_eq!(
        sides,
        [
            (&Value::Null, &items[1]["after"]),
            (&items[1]["before"], &Value::Null)
        ]
    );
    let by = |user_id| json!({"user_id": user_id, "api_key_id": null});
    assert_eq!((&items[0]["by"], &items[2]["by"]), (&by(2), &by(1)));
    let updated = format!("\"before\":{before},\"after\":{after}");
    assert!(listed.body.contains(&updated), "{}", listed.body);
    assert_json_snapshot!(items[1], {".before" => "[key]", ".after" => "[key]"}, @r#"
    {
      "after": "[key]",
      "api_key_id": 1,
      "at": "2026-01-01T00:01:00.000000Z",
      "before": "[key]",
      "by": {
        "api_key_id": 2,
        "user_id": 2
      },
      "id": "9-9",
      "kind": "api_key.updated",
      "organization_id": 1002,
      "user_id": 2
    }
    "#);
    let services = &list(&api, "limit=1").await.json()["items"][0];
    assert_eq!(services["kind"], "user.created");
    assert_eq!(services["by"], Value::Null);
}

#[actix_web::test]
async fn resources_are_shown_as_by_other_endpoints() {
    let api = TestApi::new().await;
    let end = list(&api, "").await.json()["next"].clone();
    let body = json!({"username": "carol", "password": "Passw0rd_1"});
    let carol = api.root(post("/v2/users", body)).await.json();
    let user = format!("/v2/users/{}", carol["id"]);
    let changed = api
        .root(put(&user, json!({"password": "Passw0rd_2"})))
        .await;
    let body = json!({"name": "Umbrella", "slug": "umbrella"});
    let umbrella = api.root(post("/v2/organizations", body)).await.json();
    let organization = format!("/v2/organizations/{}", umbrella["id"]);
    let body = json!({"user_id": carol["id"], "role": "user"});
    api.root(post(&format!("{organization}/members"), body))
        .await;
    let member = format!("{organization}/members/{}", carol["id"]);
    api.root(put(&member, json!({"role": "admin"}))).await;
    api.root(delete(&organization)).await;

    let page = list(&api, &format!("after={}", end.as_str().unwrap()))
        .await
        .json();
    let sides = |item: &Value| json!([item["kind"], item["before"], item["after"]]);
    let items = page["items"].as_array().unwrap();
    let items: Vec<_> = items.iter().map(sides).collect();
    let in_role = |role: &str| json!({"organization_id": umbrella["id"], "user_id": carol["id"], "role": role});
    let expected = [
        json!(["user.created", null, carol]),
        json!(["user.password_changed", null, null]),
        json!(["user.updated", carol, changed.json()]),
        json!(["organization.created", null, umbrella]),
        json!(["member.created", null, in_role("user")]),
        json!(["member.updated", in_role("user"), in_role("admin")]),
        json!(["member.deleted", in_role("admin"), null]),
        json!(["organization.deleted", umbrella, null]),
    ];
    assert_eq!(items, expected);
}

#[actix_web::test]
async fn no_secret_is_recorded() {
    let api = TestApi::new().await;
    let custom = "sk-0123456789abcdef";
    let (_, key) = api.key(json!({"name": "own", "custom": custom})).await;
    assert_eq!(key, custom);
    let (_, generated) = api.key(json!({"name": "generated"})).await;
    let body = json!({"password": "Passw0rd_2", "current_password": "Passw0rd_1"});
    assert_eq!(api.alice(put("/v2/users/me", body)).await.status, 200);
    let listed = list(&api, "").await.body;
    let parts: Vec<_> = generated.split('_').collect();
    for secret in [custom, parts[1], parts[2], "Passw0rd", "plain:"] {
        assert!(!listed.contains(secret), "{secret} in {listed}");
    }
    assert!(listed.contains("user.password_changed"));
}

#[actix_web::test]
async fn only_platform_admins_read_events() {
    let api = TestApi::new().await;
    let path = format!("{PATH}?limit=x");
    assert_eq!(api.send(get(&path)).await.status, 401);
    let refused = api.alice(get(&path)).await;
    assert_eq!(
        refused.refusal(),
        "403 Forbidden: Only a platform admin may do this"
    );
    let acme = api.acme.id.to_string();
    let create = in_organization(&acme, post("/v2/api-keys", json!({"name": "team"})));
    let created = api.root(create).await.json();
    let refused = api.send(with_key(created["value"].as_str().unwrap(), get(&path)));
    assert_eq!(
        refused.await.refusal(),
        "403 Forbidden: API key acts for another principal and may not do this"
    );
    let own = api
        .root(post("/v2/api-keys", json!({"name": "own"})))
        .await
        .json();
    let listed = api.send(with_key(own["value"].as_str().unwrap(), get(PATH)));
    assert_eq!(listed.await.status, 200);
    for method in [Method::PUT, Method::POST, Method::DELETE] {
        let refused = api.root(TestRequest::with_uri(PATH).method(method)).await;
        assert_eq!(
            refused.refusal(),
            "405 MethodNotAllowed: Only GET, HEAD, OPTIONS may be used here"
        );
    }
}

#[actix_web::test]
async fn that_a_key_expires_is_an_event_of_its_own() {
    let api = TestApi::new().await;
    let give = async || {
        let (notices, now) = (ExpiryNotices::default(), api.app.clock.now());
        api.app
            .memory
            .give_notices(&notices, now, 100)
            .await
            .unwrap();
    };
    give().await;
    let (id, _) = api
        .key(json!({"name": "ci", "expires_in": 8 * 86_400}))
        .await;
    for seconds in [86_460, 7 * 86_400] {
        api.app.clock.advance_seconds(seconds);
        give().await;
    }
    let listed = list(&api, &format!("api_key_id={id}")).await.json();
    let key = listed["items"][0]["after"].clone();
    let [expiring, expired] = [1, 2].map(|index| listed["items"][index].clone());
    assert_json_snapshot!(expiring, {".after" => "[key]", ".id" => "[position]"}, @r#"
    {
      "after": "[key]",
      "api_key_id": 1,
      "at": "2026-01-02T00:01:00.000000Z",
      "before": null,
      "by": null,
      "days": 7,
      "id": "[position]",
      "kind": "api_key.expiring",
      "organization_id": 1002,
      "user_id": 2
    }
    "#);
    assert_eq!(expiring["after"], key);
    assert_eq!(expired["kind"], "api_key.expired");
    assert_eq!(expired["after"]["status"], "expired");
    assert!(expired.get("days").is_none());
    for kind in ["api_key.expiring", "api_key.expired"] {
        let listed = list(&api, &format!("kind={kind}")).await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{kind}");
    }
}
