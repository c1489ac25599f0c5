//! Those who must change their password before they do anything else.

use crate::support::{TestApi, by, delete, get, post, put, with_cookie, with_key, with_password};
use actix_web::{http::header, test::TestRequest};
use serde_json::json;

const REFUSED: &str = "403 Forbidden: The password must be changed first: use \
                       POST /auth/update-password or PUT /v2/users/me";

async fn require(api: &TestApi, is_required: bool) {
    let path = format!("/v2/users/{}", api.alice.id);
    let body = json!({"require_password_change": is_required});
    let changed = api.root(put(&path, body)).await;
    assert_eq!(changed.json()["require_password_change"], is_required);
}

#[actix_web::test]
async fn they_see_themselves_change_it_and_sign_out() {
    let api = TestApi::new().await;
    let cookie = api.cookie("alice").await;
    let (id, key) = api.key(json!({"name": "ci"})).await;
    require(&api, true).await;
    // Keys go on working.
    assert_eq!(
        api.send(with_key(&key, get("/v2/api-keys"))).await.status,
        200
    );
    assert_eq!(
        api.send(with_key(&key, get("/token-auth"))).await.status,
        200
    );
    let update = json!({"full_name": "Alice"});
    let requests = || {
        [
            get("/v2/api-keys"),
            get("/v2/api-keys?watch=true"),
            post("/v2/api-keys", json!({"name": "new"})),
            delete(&format!("/v2/api-keys/{id}")),
            get("/v2/users/me/organizations"),
            get("/v2/users/me/sessions"),
            delete("/v2/users/me/sessions/1"),
            put("/v2/users/me", update.clone()),
            get("/v2/users"),
            get("/metrics"),
            get("/v2/reports/hygiene"),
            get(&format!("/v2/organizations/{}/members", api.acme.id)),
            post("/v2/api-keys/verify", json!({"key": "x"})),
            get("/token-auth"),
        ]
    };
    // One that she had, and one that she begins.
    let second = api.cookie("alice").await;
    for cookie in [&cookie, &second] {
        for request in requests() {
            assert_eq!(
                api.send(with_cookie(cookie, request)).await.refusal(),
                REFUSED
            );
        }
        let me = api
            .send(with_cookie(cookie, get("/v2/users/me")))
            .await
            .json();
        assert_eq!(me["require_password_change"], true);
    }
    for request in requests() {
        assert_eq!(api.send(by("alice", request)).await.refusal(), REFUSED);
    }
    let log_out = with_cookie(&second, TestRequest::post().uri("/auth/logout"));
    assert_eq!(api.send(log_out).await.status, 200);

    let same = json!({"current_password": "Passw0rd_1", "new_password": "Passw0rd_1"});
    let change = with_cookie(&cookie, post("/auth/update-password", same));
    assert_eq!(
        api.send(change).await.refusal(),
        "422 Invalid: password must not be the current one"
    );
    let body = json!({"current_password": "Passw0rd_1", "new_password": "Changed_2"});
    let change = with_cookie(&cookie, post("/auth/update-password", body));
    assert_eq!(api.send(change).await.status, 200);
    let me = api
        .send(with_cookie(&cookie, get("/v2/users/me")))
        .await
        .json();
    assert_eq!(me["require_password_change"], false);
    let list = api.send(with_cookie(&cookie, get("/v2/api-keys"))).await;
    assert_eq!(list.names(), ["ci"]);
}

#[actix_web::test]
async fn they_change_it_with_basic_too() {
    let api = TestApi::new().await;
    require(&api, true).await;
    let body = json!({"current_password": "Passw0rd_1", "password": "Changed_2"});
    let changed = api.alice(put("/v2/users/me", body)).await;
    assert_eq!(changed.json()["require_password_change"], false);
    let list = with_password("alice", "Changed_2", get("/v2/api-keys"));
    assert_eq!(api.send(list).await.status, 200);
}

#[actix_web::test]
async fn an_admin_asks_for_it_of_a_new_user_and_of_another() {
    let api = TestApi::new().await;
    let body = |is_required: bool| {
        json!({
            "username": format!("carol {is_required}"),
            "password": "Passw0rd_1",
            "require_password_change": is_required,
        })
    };
    for is_required in [true, false] {
        let created = api.root(post("/v2/users", body(is_required))).await.json();
        assert_eq!(created["require_password_change"], is_required);
        let name = created["username"].as_str().unwrap();
        let list = api.send(by(name, get("/v2/api-keys"))).await;
        assert_eq!(list.status, if is_required { 403 } else { 200 });
    }
    // And takes it back. A password that the admin gives is none of theirs.
    require(&api, true).await;
    let path = format!("/v2/users/{}", api.alice.id);
    let given = api.root(put(&path, json!({"password": "Changed_2"}))).await;
    assert_eq!(given.json()["require_password_change"], true);
    require(&api, false).await;
    let list = with_password("alice", "Changed_2", get("/v2/api-keys"));
    assert_eq!(api.send(list).await.status, 200);
    let refused = api
        .root(put(&path, json!({"require_password_change": null})))
        .await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.header(header::CACHE_CONTROL), "no-store");
}
