//! Creating, listing, changing and deleting keys.

use crate::support::{TestApi, delete, get, in_organization, post, put, with_key};
use insta::assert_json_snapshot;
use serde_json::json;

#[actix_web::test]
async fn a_created_key_is_shown_whole_once() {
    let stage = TestApi::new().await;
    let body = json!({
        "name": "ci", "description": "for CI", "scope": ["inference"],
        "allowed_model_names": ["qwen3-0.6b"], "expires_in": 3600.0, "unknown": [1],
    });
    let created = stage.alice(post("/v2/api-keys", body)).await;
    assert_json_snapshot!(created.shown(), @r#"
    {
      "body": {
        "allowed_model_names": [
          "qwen3-0.6b"
        ],
        "created_at": "2026-01-01T00:00:00.000000Z",
        "description": "for CI",
        "expires_at": "2026-01-01T01:00:00.000000Z",
        "id": 1,
        "is_custom": false,
        "last_used_at": null,
        "masked_value": "gpustack_1715***",
        "name": "ci",
        "scope": [
          "inference"
        ],
        "updated_at": "2026-01-01T00:00:00.000000Z",
        "user_name": "alice",
        "value": "gpustack_1715609f7c746c69_b54cda58fbbee87e538454127b096493"
      },
      "status": 200
    }
    "#);
    let listed = stage.alice(get("/v2/api-keys")).await;
    assert_json_snapshot!(listed.shown(), @r#"
    {
      "body": {
        "items": [
          {
            "allowed_model_names": [
              "qwen3-0.6b"
            ],
            "created_at": "2026-01-01T00:00:00.000000Z",
            "description": "for CI",
            "expires_at": "2026-01-01T01:00:00.000000Z",
            "id": 1,
            "is_custom": false,
            "last_used_at": null,
            "masked_value": "gpustack_1715***",
            "name": "ci",
            "scope": [
              "inference"
            ],
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
async fn what_is_absent_stays_and_what_is_null_is_removed() {
    let stage = TestApi::new().await;
    let body = json!({"name": "ci", "description": "a", "allowed_model_names": ["m"]});
    let (id, _) = stage.key(body).await;
    let path = format!("/v2/api-keys/{id}");
    let changed = async |body| {
        let key = stage.alice(put(&path, body)).await.json();
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
    let refused = stage.alice(put(&path, json!({"scope": null}))).await;
    assert_eq!(
        refused.refusal(),
        "422 Invalid: body.scope: expected a list"
    );
}

#[actix_web::test]
async fn a_deleted_key_is_gone() {
    let stage = TestApi::new().await;
    let (id, value) = stage.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let deleted = stage.alice(delete(&path)).await;
    assert_eq!((deleted.status, deleted.body.as_str()), (200, "null"));
    let again = stage.alice(delete(&path)).await;
    assert_eq!(again.refusal(), "404 NotFound: Api key not found");
    let refused = stage.send(with_key(&value, get("/v2/api-keys"))).await;
    assert_eq!(refused.status, 401);
}

#[actix_web::test]
async fn what_is_taken_is_told_to_whom_it_may_be_told() {
    let stage = TestApi::new().await;
    let custom = "sk-0123456789abcdefghij";
    let (id, _) = stage.key(json!({"name": "mine", "custom": custom})).await;
    let named = post("/v2/api-keys", json!({"name": "mine"}));
    assert_eq!(
        stage.alice(named).await.refusal(),
        "409 AlreadyExists: Api key mine already exists"
    );
    let again = || post("/v2/api-keys", json!({"name": "again", "custom": custom}));
    assert_eq!(
        stage.alice(again()).await.refusal(),
        format!(
            "409 AlreadyExists: Custom API Key duplicate with existing key mine (id: {id}, \
             expired: False)"
        )
    );
    assert_eq!(
        stage.bob(again()).await.refusal(),
        "409 AlreadyExists: Custom API Key is not available"
    );
}

#[actix_web::test]
async fn a_brought_key_is_answered_as_it_was_brought() {
    let stage = TestApi::new().await;
    let custom = r#"sk-"quoted\"-0123456789"#;
    let body = json!({"name": "mine", "custom": custom, "expires_in": null, "scope": []});
    let answer = stage.alice(post("/v2/api-keys", body)).await.json();
    assert_eq!(answer["value"], custom);
    assert_eq!(answer["masked_value"], "Custom API Key");
    assert_eq!(answer["is_custom"], true);
    assert_eq!(answer["scope"], json!([]));
}

#[actix_web::test]
async fn a_list_is_searched_sorted_and_cut_into_pages() {
    let stage = TestApi::new().await;
    for name in ["delta", "Alpha", "charlie", "alpha two"] {
        stage.world.clock.advance_seconds(1);
        stage.key(json!({"name": name})).await;
    }
    let list = async |query| {
        let answer = stage.alice(get(&format!("/v2/api-keys?{query}"))).await;
        let pagination = answer.json()["pagination"].clone();
        (answer.names().join(" "), pagination)
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
async fn an_admin_widens_a_list_and_nobody_else() {
    let stage = TestApi::new().await;
    stage.key(json!({"name": "hers"})).await;
    let acme = stage.acme.id.to_string();
    let team = post("/v2/api-keys", json!({"name": "team"}));
    stage.bob(in_organization(&acme, team)).await;
    let everyone = "/v2/api-keys?user_id=*&sort_by=name";
    assert_eq!(stage.root(get(everyone)).await.names(), ["hers", "team"]);
    assert_eq!(stage.alice(get(everyone)).await.names(), ["hers"]);
    let in_acme = in_organization(&acme, get(everyone));
    assert_eq!(stage.root(in_acme).await.names(), ["team"]);
    let one = format!("/v2/api-keys?user_id={}", stage.alice.id);
    assert_eq!(stage.root(get(&one)).await.names(), ["hers"]);
    let neither = stage.root(get("/v2/api-keys?user_id=")).await;
    assert_eq!(
        neither.refusal(),
        "422 Invalid: user_id must be an integer or '*'"
    );
}
