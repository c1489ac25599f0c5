//! A change that was answered counts for the very next verification.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn every_change_counts_at_once_on_sqlite() {
    every_change_counts_at_once(Kind::Sqlite).await;
}

#[tokio::test]
async fn every_change_counts_at_once_on_postgres() {
    every_change_counts_at_once(Kind::Postgres).await;
}

async fn every_change_counts_at_once(kind: Kind) {
    let server = TestServer::start(kind).await;
    let client = Client::new(&server);
    let user = client.user("alice").await;
    let acme = client.organization("acme").await;
    let members = format!("/v2/organizations/{acme}/members");
    let member = json!({"user_id": user, "role": "user"});
    client.change(Method::POST, &members, member.clone()).await;
    let (id, key) = client.key_in("alice", acme).await;
    let path = format!("/v2/api-keys/{id}");
    assert_eq!(client.verify(&key, "m").await, 200);

    // Each change, and what the very next verification answers.
    let activation = format!("/v2/users/{user}/activation");
    let membership = format!("{members}/{user}");
    let steps = [
        (
            Method::PUT,
            &path,
            json!({"allowed_model_names": ["n"]}),
            403,
        ),
        (
            Method::PUT,
            &path,
            json!({"allowed_model_names": ["m"]}),
            200,
        ),
        (Method::PUT, &path, json!({"scope": ["management"]}), 403),
        (Method::PUT, &path, json!({"scope": ["*"]}), 200),
        (Method::PATCH, &activation, json!({"is_active": false}), 401),
        (Method::PATCH, &activation, json!({"is_active": true}), 200),
        (Method::DELETE, &membership, Value::Null, 401),
        (Method::POST, &members, member, 200),
        (Method::DELETE, &path, Value::Null, 401),
    ];
    for (method, path, body, status) in steps {
        client.change(method.clone(), path, body).await;
        for _ in 0..3 {
            assert_eq!(client.verify(&key, "m").await, status, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_use_is_stored_when_the_server_stops() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        let client = Client::new(&server);
        let used = client.create_key("used").await;
        client.create_key("unused").await;
        assert_eq!(
            client.verify(used["value"].as_str().unwrap(), "m").await,
            200
        );
        assert_eq!(server.terminate().code(), Some(0));
        server.start_again().await;
        let request =
            Client::new(&server).as_admin(Method::GET, "/v2/api-keys?sort_by=-last_used_at");
        let (_, list) = answer(request).await;
        let items = list["items"].as_array().unwrap();
        assert_eq!(
            (&items[0]["name"], &items[1]["name"]),
            (&json!("used"), &json!("unused"))
        );
        assert!(items[0]["last_used_at"].is_string(), "{list}");
        assert!(items[1]["last_used_at"].is_null(), "{list}");
        assert_eq!(items[0]["updated_at"], items[0]["created_at"]);
    }
}
