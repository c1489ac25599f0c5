//! Creating, listing, changing and deleting keys.

use crate::support::{TestApi, delete, get, in_organization, post, put, with_key};
use insta::assert_json_snapshot;
use serde_json::json;

#[actix_web::test]
async fn a_whole_key_is_only_shown_when_it_is_created() {
    let api = TestApi::new().await;
    let body = json!({
        "name": "ci", "description": "for CI", "scope": ["inference"],
        "allowed_model_names": ["qwen3-0.6b"], "expires_in": 3600.0, "unknown": [1],
    });
    let created = api.alice(post("/v2/api-keys", body)).await;
    assert_json_snapshot!(created.shown(), @r#"
    {
      "body": {
        "allowed_model_names": [
          "qwen3-0.6b"
        ],
        "created_at": "2026-01-01T00:00:00.000000Z",
        "credentials": [
          {
            "created_at": "2026-01-01T00:00:00.000000Z",
            "expires_at": null,
            "hint": "6493",
            "id": 1,
            "last_used_at": null,
            "masked_value": "gpustack_1715***",
            "state": "active"
          }
        ],
        "description": "for CI",
        "disabled_at": null,
        "expires_at": "2026-01-01T01:00:00.000000Z",
        "hint": "6493",
        "id": 1,
        "is_custom": false,
        "last_used_at": null,
        "masked_value": "gpustack_1715***",
        "metadata": {},
        "name": "ci",
        "owner_principal_id": 1002,
        "revocation_comment": null,
        "revocation_reason": null,
        "revoked_at": null,
        "scope": [
          "inference"
        ],
        "self_rotation": false,
        "status": "active",
        "updated_at": "2026-01-01T00:00:00.000000Z",
        "user_name": "alice",
        "value": "gpustack_1715609f7c746c69_b54cda58fbbee87e538454127b096493"
      },
      "status": 200
    }
    "#);
    let listed = api.alice(get("/v2/api-keys")).await;
    // The one literal with the fields in their order. The tests of watches and events
    // compare their keys with this text.
    assert_eq!(
        api.key_text(1).await,
        concat!(
            r#"{"id":1,"name":"ci","description":"for CI","scope":["inference"],"#,
            r#""allowed_model_names":["qwen3-0.6b"],"user_name":"alice","#,
            r#""owner_principal_id":1002,"value":null,"#,
            r#""masked_value":"gpustack_1715***","is_custom":false,"#,
            r#""created_at":"2026-01-01T00:00:00.000000Z","#,
            r#""updated_at":"2026-01-01T00:00:00.000000Z","#,
            r#""expires_at":"2026-01-01T01:00:00.000000Z","last_used_at":null,"#,
            r#""status":"active","disabled_at":null,"revoked_at":null,"#,
            r#""revocation_reason":null,"revocation_comment":null,"hint":"6493","metadata":{},"#,
            r#""self_rotation":false,"credentials":[{"id":1,"masked_value":"gpustack_1715***","#,
            r#""hint":"6493","state":"active","created_at":"2026-01-01T00:00:00.000000Z","#,
            r#""expires_at":null,"last_used_at":null}]}"#,
        )
    );
    assert_json_snapshot!(listed.shown(), @r#"
    {
      "body": {
        "items": [
          {
            "allowed_model_names": [
              "qwen3-0.6b"
            ],
            "created_at": "2026-01-01T00:00:00.000000Z",
            "credentials": [
              {
                "created_at": "2026-01-01T00:00:00.000000Z",
                "expires_at": null,
                "hint": "6493",
                "id": 1,
                "last_used_at": null,
                "masked_value": "gpustack_1715***",
                "state": "active"
              }
            ],
            "description": "for CI",
            "disabled_at": null,
            "expires_at": "2026-01-01T01:00:00.000000Z",
            "hint": "6493",
            "id": 1,
            "is_custom": false,
            "last_used_at": null,
            "masked_value": "gpustack_1715***",
            "metadata": {},
            "name": "ci",
            "owner_principal_id": 1002,
            "revocation_comment": null,
            "revocation_reason": null,
            "revoked_at": null,
            "scope": [
              "inference"
            ],
            "self_rotation": false,
            "status": "active",
            "updated_at": "2026-01-01T00:00:00.000000Z",
            "user_name": "alice",
            "value": null
          }
        ],
        "pagination": {
          "page": 1,
          "perPage": 100,
          "total": 1,
          "totalPage": 1
        }
      },
      "status": 200
    }
    "#);
}

#[actix_web::test]
async fn absent_fields_are_unchanged_and_null_removes() {
    let api = TestApi::new().await;
    let body = json!({"name": "ci", "description": "a", "allowed_model_names": ["m"]});
    let (id, _) = api.key(body).await;
    let path = format!("/v2/api-keys/{id}");
    let changed = async |body| {
        let key = api.alice(put(&path, body)).await.json();
        json!([
            key["name"],
            key["description"],
            key["scope"],
            key["allowed_model_names"]
        ])
    };
    assert_eq!(changed(json!({})).await, json!(["ci", "a", ["*"], ["m"]]));
    assert_eq!(
        changed(json!({"name": "other", "expires_in": 5, "custom": 7})).await,
        json!(["ci", "a", ["*"], ["m"]])
    );
    assert_eq!(
        changed(json!({"description": null, "scope": ["inference"]})).await,
        json!(["ci", null, ["inference"], ["m"]])
    );
    assert_eq!(
        changed(json!({"allowed_model_names": null, "scope": []})).await,
        json!(["ci", null, [], null])
    );
    let refused = api.alice(put(&path, json!({"scope": null}))).await;
    assert_eq!(
        refused.refusal(),
        "422 Invalid: body.scope: expected a list"
    );
}

#[actix_web::test]
async fn a_deleted_key_is_gone() {
    let api = TestApi::new().await;
    let (id, value) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let deleted = api.alice(delete(&path)).await;
    assert_eq!((deleted.status, deleted.body.as_str()), (200, "null"));
    let again = api.alice(delete(&path)).await;
    assert_eq!(again.refusal(), "404 NotFound: Api key not found");
    let refused = api.send(with_key(&value, get("/v2/api-keys"))).await;
    assert_eq!(refused.status, 401);
}

#[actix_web::test]
async fn only_the_owner_of_a_duplicate_sees_which_key_it_is() {
    let api = TestApi::new().await;
    let custom = "sk-0123456789abcdefghij";
    let (id, _) = api.key(json!({"name": "mine", "custom": custom})).await;
    let named = post("/v2/api-keys", json!({"name": "mine"}));
    assert_eq!(
        api.alice(named).await.refusal(),
        "409 AlreadyExists: Api key mine already exists"
    );
    let again = || post("/v2/api-keys", json!({"name": "again", "custom": custom}));
    assert_eq!(
        api.alice(again()).await.refusal(),
        format!(
            "409 AlreadyExists: Custom API Key duplicate with existing key mine (id: {id}, \
             expired: False)"
        )
    );
    assert_eq!(
        api.bob(again()).await.refusal(),
        "409 AlreadyExists: Custom API Key is not available"
    );
}

#[actix_web::test]
async fn a_custom_key_is_returned_unchanged() {
    let api = TestApi::new().await;
    let custom = r#"sk-"quoted\"-0123456789"#;
    let body = json!({"name": "mine", "custom": custom, "expires_in": null, "scope": []});
    let response = api.alice(post("/v2/api-keys", body)).await.json();
    assert_eq!(response["value"], custom);
    assert_eq!(response["masked_value"], "Custom API Key");
    assert_eq!(response["is_custom"], true);
    assert_eq!(response["scope"], json!([]));
}

#[actix_web::test]
async fn a_list_is_searched_sorted_and_paged() {
    let api = TestApi::new().await;
    for name in ["delta", "Alpha", "charlie", "alpha two"] {
        api.app.clock.advance_seconds(1);
        api.key(json!({"name": name})).await;
    }
    let list = async |query| {
        let response = api.alice(get(&format!("/v2/api-keys?{query}"))).await;
        let pagination = response.json()["pagination"].clone();
        (response.names().join(" "), pagination)
    };
    let (names, pagination) = list("sort_by=name&perPage=3&page=2").await;
    assert_eq!(names, "delta");
    assert_eq!(
        pagination,
        json!({"page": 2, "perPage": 3, "total": 4, "totalPage": 2})
    );
    assert_eq!(list("").await.0, "alpha two charlie Alpha delta");
    assert_eq!(
        list("search=ALPHA&sort_by=-name").await.0,
        "alpha two Alpha"
    );
    assert_eq!(list("search=al%25").await.0, "");
    assert_eq!(list("page=1&page=9223372036854775807").await.0, "");
    assert_eq!(
        list("user_id=%2A&user_id=nonsense&page=1").await.1["total"],
        4
    );
}

#[actix_web::test]
async fn only_an_admin_lists_the_keys_of_others() {
    let api = TestApi::new().await;
    api.key(json!({"name": "hers"})).await;
    let acme = api.acme.id.to_string();
    let team = post("/v2/api-keys", json!({"name": "team"}));
    api.bob(in_organization(&acme, team)).await;
    let everyone = "/v2/api-keys?user_id=*&sort_by=name";
    assert_eq!(api.root(get(everyone)).await.names(), ["hers", "team"]);
    assert_eq!(api.alice(get(everyone)).await.names(), ["hers"]);
    let in_acme = in_organization(&acme, get(everyone));
    assert_eq!(api.root(in_acme).await.names(), ["team"]);
    let one = format!("/v2/api-keys?user_id={}", api.alice.id);
    assert_eq!(api.root(get(&one)).await.names(), ["hers"]);
    let neither = api.root(get("/v2/api-keys?user_id=")).await;
    assert_eq!(
        neither.refusal(),
        "422 Invalid: user_id must be an integer or '*'"
    );
}
