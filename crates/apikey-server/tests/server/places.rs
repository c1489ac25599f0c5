//! What one user or organization takes of a server that others need.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::{Method, Response, StatusCode};
use serde_json::json;
use std::time::{Duration, Instant};
use xtask_harness::database::run_on_postgres;

#[tokio::test]
async fn lists_that_hang_leave_connections_for_lookups() {
    // More lists of one user than there are connections.
    let server = TestServer::start_with(Kind::Postgres, &["--lists-per-user", "100"]).await;
    let client = Client::new(&server);
    client.user("alice").await;
    let (_, key) = client.own_key("alice").await;
    let url = server.database_url();
    let locked = tokio::spawn(async move {
        let lock = "BEGIN; LOCK TABLE memberships; SELECT pg_sleep(2); COMMIT".to_owned();
        run_on_postgres(&url, &[lock]).await
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let lists: Vec<_> = (0..40)
        .map(|_| {
            let request = client.request(Method::GET, "/v2/users/me/organizations");
            tokio::spawn(request.bearer_auth(&key).send())
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let asked = Instant::now();
    let request = client.request(Method::GET, "/v2/users/me");
    let (status, body) = answer(request.bearer_auth(&key)).await;
    assert_eq!(status, 200, "{body}");
    assert!(!locked.is_finished(), "it took {:?}", asked.elapsed());
    locked.await.unwrap().unwrap();
    for list in lists {
        assert_eq!(list.await.unwrap().unwrap().status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_user_and_an_organization_have_so_many_watches_and_no_more() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let arguments = ["--watches-per-user=2", "--watches-per-organization=3"];
        let server = TestServer::start_with(kind, &arguments).await;
        let client = Client::new(&server);
        let acme = client.organization("acme").await;
        for name in ["alice", "bob", "carol"] {
            let id = client.user(name).await;
            let member = json!({"user_id": id});
            let path = format!("/v2/organizations/{acme}/members");
            client.change(Method::POST, &path, member).await;
        }
        let watch = async |name: &str| -> Response {
            let request = client.request(Method::GET, "/v2/api-keys?watch=true");
            let request = request.basic_auth(name, Some(xtask_harness::server::ADMIN_PASSWORD));
            let request = request.header("x-organization-id", acme);
            request.send().await.unwrap()
        };
        let mut held = vec![watch("alice").await, watch("alice").await];
        let refusal = async |name: &str| -> String {
            let response = watch(name).await;
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(response.headers()["retry-after"], "1");
            response.text().await.unwrap()
        };
        let of_user = "There are 2 watches of this user, and there may be no more";
        assert!(refusal("alice").await.contains(of_user));
        held.push(watch("bob").await);
        let of_acme = format!("There are 3 watches of principal {acme}, and there may be no more");
        assert!(refusal("carol").await.contains(&of_acme));
        for response in &held {
            assert_eq!(response.status(), StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn a_key_that_is_not_there_is_not_found_by_changes_and_deletions() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        client.user("alice").await;
        let (id, _) = client.own_key("alice").await;
        client.user("bob").await;
        let by = |name: &str, method: Method, id: i64| {
            let request = client.request(method, &format!("/v2/api-keys/{id}"));
            request.basic_auth(name, Some(xtask_harness::server::ADMIN_PASSWORD))
        };
        let all: Vec<_> = (0..32)
            .map(|_| tokio::spawn(answer(by("bob", Method::DELETE, id))))
            .collect();
        for deleted in all {
            assert_eq!(deleted.await.unwrap().0, 404);
        }
        let change = json!({"description": "x"});
        for (name, id, expected) in [("bob", id, 404), ("alice", id + 1, 404), ("alice", id, 200)] {
            let changed = answer(by(name, Method::PUT, id).json(&change)).await;
            assert_eq!(changed.0, expected, "{kind:?} {name}");
            let deleted = answer(by(name, Method::DELETE, id)).await;
            assert_eq!(deleted.0, expected, "{kind:?} {name}");
        }
    }
}
