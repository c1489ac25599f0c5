//! Users and their own accounts.

use crate::support::{TestApi, delete, get, in_organization, post, put, with_key, with_password};
use actix_web::test::TestRequest;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

fn activation(id: i64, is_active: bool) -> TestRequest {
    TestRequest::patch()
        .uri(&format!("/v2/users/{id}/activation"))
        .set_json(json!({"is_active": is_active}))
}

#[actix_web::test]
async fn an_admin_creates_changes_and_deletes_a_user() {
    let api = TestApi::new().await;
    let body = json!({"username": "carol", "password": "Passw0rd_1", "full_name": "Carol C."});
    let created = api.root(post("/v2/users", body.clone())).await;
    assert_json_snapshot!(created.shown(), @r#"
    {
      "body": {
        "avatar_url": null,
        "created_at": "2026-01-01T00:00:00.000000Z",
        "full_name": "Carol C.",
        "id": 4,
        "is_active": true,
        "is_admin": false,
        "is_system": false,
        "principal_id": 1005,
        "require_password_change": false,
        "source": "Local",
        "updated_at": "2026-01-01T00:00:00.000000Z",
        "username": "carol"
      },
      "status": 200
    }
    "#);
    let id = created.json()["id"].as_i64().unwrap();
    let path = format!("/v2/users/{id}");
    let again = api.root(post("/v2/users", body)).await;
    assert_eq!(
        again.refusal(),
        "409 AlreadyExists: User carol already exists"
    );
    let changes = json!({"full_name": null, "is_admin": true, "password": "Passw0rd_2"});
    let changed = api.root(put(&path, changes)).await.json();
    assert_eq!(changed["full_name"], Value::Null);
    assert_eq!(changed["is_admin"], true);
    let me = with_password("carol", "Passw0rd_2", get("/v2/users/me"));
    assert_eq!(api.send(me).await.json(), changed);
    assert_eq!(api.root(get(&path)).await.json(), changed);
    assert_eq!(
        api.root(activation(id, false)).await.json()["is_active"],
        false
    );
    assert_eq!(api.root(delete(&path)).await.body, "null");
    let gone = api.root(get(&path)).await;
    assert_eq!(gone.refusal(), "404 NotFound: User not found");
}

#[actix_web::test]
async fn users_are_listed_in_pages() {
    let api = TestApi::new().await;
    let list = async |query| api.root(get(&format!("/v2/users?{query}"))).await;
    let page = list("perPage=2&page=2").await.json();
    // The newest come first.
    let ids = [&api.root, &api.alice, &api.bob].map(|user| user.id.0);
    assert_eq!(page["items"][0]["id"], json!(ids.iter().min()));
    assert_eq!(
        page["pagination"],
        json!({"page": 2, "perPage": 2, "total": 3, "totalPage": 2})
    );
    assert_eq!(list("search=LI").await.json()["pagination"]["total"], 1);
    let all = list("page=-1&perPage=2&sort_by=-username").await;
    assert_eq!(usernames(&all.json()), ["root", "bob", "alice"]);
    assert_eq!(
        all.json()["pagination"],
        json!({"page": -1, "perPage": 2, "total": 3, "totalPage": 2})
    );
    for (query, refusal) in [
        ("page=0", "page must be 1 or more, or -1 for all"),
        ("page=-1&perPage=0", "perPage must be 1 to 1000"),
        (
            "sort_by=id",
            "Field 'id' is not sortable. Allowed fields: username, is_admin, full_name, source, \
             is_active, created_at, updated_at",
        ),
    ] {
        let refused = list(query).await.refusal();
        assert_eq!(refused, format!("422 Invalid: {refusal}"), "{query}");
    }
}

fn usernames(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|user| user["username"].as_str().unwrap())
        .collect()
}

#[actix_web::test]
async fn users_are_sorted_and_searched_by_their_full_names() {
    let api = TestApi::new().await;
    for (user, full_name) in [(&api.alice, "Zoe"), (&api.root, "Ada L.")] {
        let path = format!("/v2/users/{}", user.id);
        api.root(put(&path, json!({"full_name": full_name}))).await;
    }
    let list = async |query| api.root(get(&format!("/v2/users?{query}"))).await.json();
    for (query, expected) in [
        ("sort_by=full_name", vec!["root", "alice", "bob"]),
        ("sort_by=-full_name", vec!["bob", "alice", "root"]),
        ("sort_by=-is_admin,-username", vec!["root", "bob", "alice"]),
        ("search=A&sort_by=username", vec!["alice", "root"]),
        ("search=ada+l", vec!["root"]),
        ("search=zoe", vec!["alice"]),
    ] {
        assert_eq!(usernames(&list(query).await), expected, "{query}");
    }
}

#[actix_web::test]
async fn a_password_that_is_not_filled_in_stays_as_it_is() {
    let api = TestApi::new().await;
    let path = format!("/v2/users/{}", api.alice.id);
    for password in [Value::Null, json!("")] {
        // As GPUStack's console and client send it.
        let body = json!({
            "username": "alice", "full_name": null, "is_admin": false, "is_active": true,
            "avatar_url": null, "source": "Local", "password": password,
        });
        let changed = api.root(put(&path, body)).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_eq!(api.alice(get("/v2/users/me")).await.status, 200);
    }
    let refused = api.root(put(&path, json!({"password": "weak"}))).await;
    assert_eq!(refused.status, 422);
}

#[actix_web::test]
async fn only_platform_admins_manage_users() {
    let api = TestApi::new().await;
    let refusal = "403 Forbidden: Only a platform admin may do this";
    for request in [
        get("/v2/users?page=x"),
        post("/v2/users", json!({})),
        get("/v2/users/abc"),
        put("/v2/users/1", json!({})),
        delete("/v2/users/1"),
        activation(1, false),
    ] {
        assert_eq!(api.alice(request).await.refusal(), refusal);
    }
}

#[actix_web::test]
async fn a_platform_admin_needs_no_tenant_but_not_an_organizations_key() {
    let api = TestApi::new().await;
    let listed = api.root(in_organization("x", get("/v2/users"))).await;
    assert_eq!(listed.status, 200);
    let acme = api.acme.id.to_string();
    let create = post("/v2/api-keys", json!({"name": "team"}));
    let created = api.root(in_organization(&acme, create)).await.json();
    let key = created["value"].as_str().unwrap();
    let refused = api.send(with_key(key, get("/v2/users"))).await;
    assert_eq!(
        refused.refusal(),
        "403 Forbidden: API key acts for another principal and may not do this"
    );
}

#[actix_web::test]
async fn the_last_platform_admin_cannot_be_removed() {
    let api = TestApi::new().await;
    let id = api.root.id.0;
    let refusal =
        "409 Conflict: The last active platform admin cannot be demoted, deactivated or deleted";
    let path = format!("/v2/users/{id}");
    for request in [
        activation(id, false),
        put(&path, json!({"is_admin": false})),
        delete(&path),
    ] {
        assert_eq!(api.root(request).await.refusal(), refusal);
    }
}

#[actix_web::test]
async fn users_update_their_own_accounts() {
    let api = TestApi::new().await;
    let path = "/v2/users/me";
    let named = put(path, json!({"full_name": "Alice A.", "is_admin": true}));
    let me = api.alice(named).await.json();
    assert_eq!(
        (&me["full_name"], &me["is_admin"]),
        (&json!("Alice A."), &json!(false))
    );
    let change = |current: Value| {
        let mut body = json!({"password": "Passw0rd_2"});
        body["current_password"] = current;
        put(path, body)
    };
    let refused = api
        .alice(put(path, json!({"password": "Passw0rd_2"})))
        .await;
    assert_eq!(
        refused.refusal(),
        "422 Invalid: current_password is needed to change the password"
    );
    let refused = api.alice(change(json!("wrong"))).await;
    assert_eq!(
        refused.refusal(),
        "422 Invalid: current_password is not the current password"
    );
    let refused = api.alice(change(Value::Null)).await;
    assert_eq!(
        refused.refusal(),
        "422 Invalid: body.current_password: expected a string"
    );
    assert_eq!(api.alice(change(json!("Passw0rd_1"))).await.status, 200);
    assert_eq!(api.alice(get(path)).await.status, 401);
    let me = with_password("alice", "Passw0rd_2", get(path));
    assert_eq!(api.send(me).await.status, 200);
}

#[actix_web::test]
async fn bad_users_are_refused() {
    let api = TestApi::new().await;
    let weak = "password must have at least 8 characters, among them a lower-case letter, an \
                upper-case letter, a digit and one of !@#$%^&*_+";
    let table = [
        (json!({"username": "c"}), "body: missing field `password`"),
        (json!({"password": "x"}), "body: missing field `username`"),
        (json!({"username": "c", "password": "x"}), weak),
        (
            json!({"username": "a:b", "password": "Passw0rd_1"}),
            "username must not hold a colon",
        ),
        (
            json!({"username": "c", "password": "Passw0rd_1", "is_admin": "yes"}),
            "body.is_admin: expected a boolean",
        ),
        (
            json!({"username": "c", "password": ["Passw0rd_1"]}),
            "body.password: expected a string",
        ),
    ];
    for (body, expected) in table {
        let refused = api.root(post("/v2/users", body.clone())).await;
        assert_eq!(
            refused.refusal(),
            format!("422 Invalid: {expected}"),
            "{body}"
        );
    }
}

#[actix_web::test]
async fn a_key_alone_does_not_set_the_password_of_its_own_user() {
    let api = TestApi::new().await;
    let create = post("/v2/api-keys", json!({"name": "script"}));
    let created = api.root(create).await.json();
    let key = created["value"].as_str().unwrap();
    let path = format!("/v2/users/{}", api.root.id);
    let refusal = "403 Forbidden: API key may not set the password of its own user; use PUT \
                   /v2/users/me with current_password";
    for body in [
        json!({"password": "Changed_2"}),
        json!({"password": "weak"}),
        json!({"password": "Changed_2", "full_name": "Mallory", "username": "mallory"}),
    ] {
        let refused = api.send(with_key(key, put(&path, body))).await;
        assert_eq!(refused.refusal(), refusal);
    }
    let me = api.root(get("/v2/users/me")).await.json();
    assert_eq!(
        (&me["username"], &me["full_name"]),
        (&json!("root"), &Value::Null)
    );
    // Other fields, other users, and the same with the current password.
    for (path, body) in [
        (path.as_str(), json!({"full_name": "Root"})),
        (
            &format!("/v2/users/{}", api.bob.id),
            json!({"password": "Changed_2"}),
        ),
        (
            "/v2/users/me",
            json!({"password": "Changed_2", "current_password": "Passw0rd_1"}),
        ),
    ] {
        let changed = api.send(with_key(key, put(path, body))).await;
        assert_eq!(changed.status, 200, "{path}");
    }
    // A password that signs the request in has been proven by it.
    let changed = put(&path, json!({"password": "Changed_3"}));
    let changed = with_password("root", "Changed_2", changed);
    assert_eq!(api.send(changed).await.status, 200);
    let me = with_password("root", "Changed_3", get("/v2/users/me"));
    assert_eq!(api.send(me).await.status, 200);
}
