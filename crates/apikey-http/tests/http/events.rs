//! `GET /v2/events`: what is recorded of a change, and who may read it.

use crate::support::{Answer, TestApi, delete, get, in_organization, post, put, with_key};
use actix_web::{
    http::{Method, header},
    test::TestRequest,
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

const PATH: &str = "/v2/events";

pub(crate) async fn list(stage: &TestApi, query: &str) -> Answer {
    stage.root(get(&format!("{PATH}?{query}"))).await
}

#[actix_web::test]
async fn an_event_says_what_was_done_when_and_by_whom() {
    let stage = TestApi::new().await;
    let (id, _) = stage.key(json!({"name": "ci"})).await;
    let (_, other) = stage.key(json!({"name": "other"})).await;
    let path = format!("/v2/api-keys/{id}");
    stage.world.clock.advance_seconds(60);
    let changes = json!({"description": "for CI"});
    stage.send(with_key(&other, put(&path, changes))).await;
    stage.root(delete(&path)).await;
    let listed = list(&stage, &format!("api_key_id={id}")).await;
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
    assert_json_snapshot!(items[1], @r#"
    {
      "after": {
        "allowed_model_names": null,
        "created_at": "2026-01-01T00:00:00.000000Z",
        "description": "for CI",
        "expires_at": null,
        "id": 1,
        "is_custom": false,
        "last_used_at": null,
        "masked_value": "gpustack_1715***",
        "name": "ci",
        "scope": [
          "*"
        ],
        "updated_at": "2026-01-01T00:01:00.000000Z",
        "user_name": "alice",
        "value": null
      },
      "api_key_id": 1,
      "at": "2026-01-01T00:01:00.000000Z",
      "before": {
        "allowed_model_names": null,
        "created_at": "2026-01-01T00:00:00.000000Z",
        "description": null,
        "expires_at": null,
        "id": 1,
        "is_custom": false,
        "last_used_at": null,
        "masked_value": "gpustack_1715***",
        "name": "ci",
        "scope": [
          "*"
        ],
        "updated_at": "2026-01-01T00:00:00.000000Z",
        "user_name": "alice",
        "value": null
      },
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
    let services = &list(&stage, "limit=1").await.json()["items"][0];
    assert_eq!(services["kind"], "user.created");
    assert_eq!(services["by"], Value::Null);
}

#[actix_web::test]
async fn things_are_shown_as_other_calls_show_them() {
    let stage = TestApi::new().await;
    let end = list(&stage, "").await.json()["next"].clone();
    let body = json!({"username": "carol", "password": "Passw0rd_1"});
    let carol = stage.root(post("/v2/users", body)).await.json();
    let user = format!("/v2/users/{}", carol["id"]);
    let changed = stage
        .root(put(&user, json!({"password": "Passw0rd_2"})))
        .await;
    let body = json!({"name": "Umbrella", "slug": "umbrella"});
    let umbrella = stage.root(post("/v2/organizations", body)).await.json();
    let organization = format!("/v2/organizations/{}", umbrella["id"]);
    let body = json!({"user_id": carol["id"], "role": "user"});
    stage
        .root(post(&format!("{organization}/members"), body))
        .await;
    let member = format!("{organization}/members/{}", carol["id"]);
    stage.root(put(&member, json!({"role": "admin"}))).await;
    stage.root(delete(&organization)).await;

    let page = list(&stage, &format!("after={}", end.as_str().unwrap()))
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
    let stage = TestApi::new().await;
    let brought = "sk-0123456789abcdef";
    let (_, key) = stage.key(json!({"name": "own", "custom": brought})).await;
    assert_eq!(key, brought);
    let (_, generated) = stage.key(json!({"name": "generated"})).await;
    let body = json!({"password": "Passw0rd_2", "current_password": "Passw0rd_1"});
    assert_eq!(stage.alice(put("/v2/users/me", body)).await.status, 200);
    let listed = list(&stage, "").await.body;
    let parts: Vec<_> = generated.split('_').collect();
    for secret in [brought, parts[1], parts[2], "Passw0rd", "plain:"] {
        assert!(!listed.contains(secret), "{secret} in {listed}");
    }
    assert!(listed.contains("user.password_changed"));
}

#[actix_web::test]
async fn only_platform_admins_read_the_record() {
    let stage = TestApi::new().await;
    let path = format!("{PATH}?limit=x");
    assert_eq!(stage.send(get(&path)).await.status, 401);
    let refused = stage.alice(get(&path)).await;
    assert_eq!(
        refused.refusal(),
        "403 Forbidden: Only a platform admin may do this"
    );
    let acme = stage.acme.id.to_string();
    let create = in_organization(&acme, post("/v2/api-keys", json!({"name": "team"})));
    let created = stage.root(create).await.json();
    let refused = stage.send(with_key(created["value"].as_str().unwrap(), get(&path)));
    assert_eq!(
        refused.await.refusal(),
        "403 Forbidden: API key acts for another principal and may not do this"
    );
    let own = stage
        .root(post("/v2/api-keys", json!({"name": "own"})))
        .await
        .json();
    let listed = stage.send(with_key(own["value"].as_str().unwrap(), get(PATH)));
    assert_eq!(listed.await.status, 200);
    for method in [Method::HEAD, Method::POST, Method::DELETE] {
        let refused = stage.root(TestRequest::with_uri(PATH).method(method)).await;
        assert_eq!(
            refused.refusal(),
            "405 MethodNotAllowed: Only GET may be used here"
        );
    }
}
