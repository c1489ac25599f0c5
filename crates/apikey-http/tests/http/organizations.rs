//! Organizations and their members.

use crate::support::{TestApi, delete, get, in_organization, post, put};
use insta::assert_json_snapshot;
use serde_json::json;

#[actix_web::test]
async fn an_admin_creates_changes_and_deletes_an_organization() {
    let stage = TestApi::new().await;
    let body = json!({"name": "Globex", "slug": "globex", "description": "d"});
    let created = stage.root(post("/v2/organizations", body.clone())).await;
    assert_json_snapshot!(created.shown(), @r#"
    {
      "body": {
        "created_at": "2026-01-01T00:00:00.000000Z",
        "description": "d",
        "id": 1005,
        "name": "Globex",
        "slug": "globex",
        "updated_at": "2026-01-01T00:00:00.000000Z"
      },
      "status": 200
    }
    "#);
    let again = stage.root(post("/v2/organizations", body)).await;
    assert_eq!(
        again.refusal(),
        "409 AlreadyExists: Organization globex already exists"
    );
    let id = &created.json()["id"];
    let path = format!("/v2/organizations/{id}");
    let changes = json!({"name": "Globex 2", "description": null});
    let changed = stage.root(put(&path, changes)).await.json();
    assert_eq!(
        json!([changed["name"], changed["slug"], changed["description"]]),
        json!(["Globex 2", "globex", null])
    );
    assert_eq!(stage.root(get(&path)).await.json(), changed);
    let found = stage.root(get("/v2/organizations?search=globex")).await;
    assert_eq!(found.names(), ["Globex 2"]);
    assert_eq!(stage.root(delete(&path)).await.body, "null");
    assert_eq!(
        stage.root(get(&path)).await.refusal(),
        format!("404 NotFound: Organization {id} not found")
    );
}

#[actix_web::test]
async fn an_organization_that_owns_keys_stays() {
    let stage = TestApi::new().await;
    let acme = stage.acme.id.to_string();
    let create = post("/v2/api-keys", json!({"name": "team"}));
    stage.bob(in_organization(&acme, create)).await;
    let refused = stage
        .root(delete(&format!("/v2/organizations/{acme}")))
        .await;
    assert_eq!(
        refused.refusal(),
        "409 Conflict: Organization still owns API keys: 1"
    );
}

#[actix_web::test]
async fn only_platform_admins_manage_organizations() {
    let stage = TestApi::new().await;
    let path = format!("/v2/organizations/{}", stage.acme.id);
    let refusal = "403 Forbidden: Only a platform admin may do this";
    for request in [
        get("/v2/organizations"),
        post("/v2/organizations", json!({})),
        get(&path),
        put(&path, json!({})),
        delete(&path),
    ] {
        assert_eq!(stage.alice(request).await.refusal(), refusal);
    }
    let mine = stage.alice(get("/v2/users/me/organizations")).await;
    assert_eq!(mine.names(), ["acme"]);
}

#[actix_web::test]
async fn an_admin_of_an_organization_manages_its_members() {
    let stage = TestApi::new().await;
    let carol = stage.world.user("carol").await;
    let path = format!("/v2/organizations/{}/members", stage.acme.id);
    let add = || post(&path, json!({"user_id": carol.id.0}));
    let added = stage.alice(add()).await;
    assert_json_snapshot!(added.shown(), @r#"
    {
      "body": {
        "created_at": "2026-01-01T00:00:00.000000Z",
        "full_name": null,
        "role": "user",
        "user_id": 4,
        "username": "carol"
      },
      "status": 200
    }
    "#);
    assert_eq!(
        stage.alice(add()).await.refusal(),
        "409 AlreadyExists: User is already a member"
    );
    let listed = stage.alice(get(&format!("{path}?perPage=2"))).await.json();
    assert_eq!(
        listed["pagination"],
        json!({"page": 1, "perPage": 2, "total": 3, "totalPage": 2})
    );
    let carols = format!("{path}/{}", carol.id);
    let promoted = stage.alice(put(&carols, json!({"role": "admin"}))).await;
    assert_eq!(promoted.json()["role"], "admin");
    assert_eq!(stage.alice(delete(&carols)).await.body, "null");
    assert_eq!(
        stage.alice(delete(&carols)).await.refusal(),
        "404 NotFound: Member not found"
    );
    let alices = format!("{path}/{}", stage.alice.id);
    let refusal = format!(
        "409 Conflict: The last admin of organization {} cannot be demoted or removed",
        stage.acme.id
    );
    assert_eq!(stage.alice(delete(&alices)).await.refusal(), refusal);
    let demote = put(&alices, json!({"role": "user"}));
    assert_eq!(stage.root(demote).await.refusal(), refusal);
}

#[actix_web::test]
async fn nobody_else_manages_members() {
    let stage = TestApi::new().await;
    let (acme, bob) = (stage.acme.id, stage.bob.id);
    let path = format!("/v2/organizations/{acme}/members");
    let refused = stage.bob(get(&path)).await;
    assert_eq!(
        refused.refusal(),
        format!("403 Forbidden: Only an admin of organization {acme} may do this")
    );
    stage.world.user("carol").await;
    let stranger = crate::support::by("carol", delete(&format!("{path}/{bob}")));
    assert_eq!(
        stage.send(stranger).await.refusal(),
        format!("404 NotFound: Organization {acme} not found")
    );
    let missing = stage.root(post(&path, json!({"user_id": 999}))).await;
    assert_eq!(missing.refusal(), "404 NotFound: User not found");
    let refused = stage
        .root(post(&path, json!({"user_id": 1, "role": "owner"})))
        .await;
    assert_eq!(
        refused.refusal(),
        "422 Invalid: role must be 'admin' or 'user'"
    );
}
