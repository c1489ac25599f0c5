//! What a user and an organization may have and change, as settings bound it.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use xtask_harness::server::ADMIN_PASSWORD;

/// Asks for a key of a user, in an organization if one is given.
async fn create(
    client: &Client,
    user: &str,
    organization: Option<i64>,
    name: String,
) -> (u16, Value) {
    let mut request = client.request(Method::POST, "/v2/api-keys");
    if let Some(id) = organization {
        request = request.header("x-organization-id", id);
    }
    answer(
        request
            .basic_auth(user, Some(ADMIN_PASSWORD))
            .json(&json!({"name": name})),
    )
    .await
}

async fn delete(client: &Client, user: &str, id: &Value) -> u16 {
    let request = client.request(Method::DELETE, &format!("/v2/api-keys/{id}"));
    answer(request.basic_auth(user, Some(ADMIN_PASSWORD)))
        .await
        .0
}

#[tokio::test]
async fn there_is_not_one_key_too_many_however_many_are_created_at_once() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start_with(kind, &["--keys-per-user=5"]).await;
        let client = Client::new(&server);
        client.user("alice").await;
        client.user("bob").await;
        let creations =
            (0..24).map(|number| create(&client, "alice", None, format!("key-{number}")));
        let answers = futures_util::future::join_all(creations).await;
        let (created, refused): (Vec<_>, Vec<_>) =
            answers.iter().partition(|(status, _)| *status == 200);
        assert_eq!((created.len(), refused.len()), (5, 19), "{answers:?}");
        let message = "This user has 5 API keys, and may have no more: delete one first";
        for (status, body) in refused {
            assert_eq!((*status, &body["message"]), (422, &json!(message)));
        }
        let (status, _) = create(&client, "bob", None, "mine".to_owned()).await;
        assert_eq!(status, 200, "another user's keys are not counted");
        assert_eq!(delete(&client, "alice", &created[0].1["id"]).await, 200);
        let (status, _) = create(&client, "alice", None, "again".to_owned()).await;
        assert_eq!(status, 200);
    }
}

#[tokio::test]
async fn two_nodes_together_create_not_one_key_too_many() {
    let one = TestServer::start_with(Kind::Postgres, &["--keys-per-user=7"]).await;
    let mut other = TestServer::not_started_on(Kind::Postgres).await;
    other
        .start_by(&one.database_url(), &["--keys-per-user=7"])
        .await;
    let clients = [Client::new(&one), Client::new(&other)];
    clients[0].user("alice").await;
    let creations = (0..40).map(|number| {
        let client = &clients[number % 2];
        create(client, "alice", None, format!("key-{number}"))
    });
    let answers = futures_util::future::join_all(creations).await;
    let created = answers.iter().filter(|(status, _)| *status == 200).count();
    let refused = answers.iter().filter(|(status, _)| *status == 422).count();
    assert_eq!((created, refused), (7, 33), "{answers:?}");
}

#[tokio::test]
async fn an_organization_has_so_many_keys_whoever_creates_them() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start_with(kind, &["--keys-per-organization=3"]).await;
        let client = Client::new(&server);
        let acme = client.organization("acme").await;
        for name in ["alice", "bob"] {
            let member = json!({"user_id": client.user(name).await});
            let path = format!("/v2/organizations/{acme}/members");
            client.change(Method::POST, &path, member).await;
        }
        let creations = (0..12).map(|number| {
            let user = ["alice", "bob"][number % 2];
            create(&client, user, Some(acme), format!("key-{number}"))
        });
        let answers = futures_util::future::join_all(creations).await;
        let created = answers.iter().filter(|(status, _)| *status == 200);
        assert_eq!(created.count(), 3, "{answers:?}");
        for number in 0..4 {
            let (status, body) = create(&client, "alice", None, format!("own-{number}")).await;
            assert_eq!(
                status, 200,
                "her own keys are not the organization's: {body}"
            );
        }
    }
}

#[tokio::test]
async fn who_changes_too_much_waits_and_may_still_delete() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start_with(kind, &["--changes-per-user=3"]).await;
        let client = Client::new(&server);
        for name in ["alice", "bob"] {
            client.user(name).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let creations =
            (0..12).map(|number| create(&client, "alice", None, format!("key-{number}")));
        let answers = futures_util::future::join_all(creations).await;
        let (created, refused): (Vec<_>, Vec<_>) =
            answers.iter().partition(|(status, _)| *status == 200);
        assert!(created.len() >= 3, "{answers:?}");
        let message = "This user may make 3 changes a second";
        let (status, body) = refused[0];
        assert_eq!((*status, &body["message"]), (429, &json!(message)));
        for (_, key) in created {
            let deleted = delete(&client, "alice", &key["id"]).await;
            assert_eq!(deleted, 200, "what ends a right is never refused");
        }
        let (status, _) = create(&client, "bob", None, "mine".to_owned()).await;
        assert_eq!(status, 200, "another user's changes are not counted");
    }
}

#[tokio::test]
async fn large_changes_are_paid_for_by_those_who_make_them() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start_with(kind, &["--event-bytes-per-user=4000"]).await;
        let client = Client::new(&server);
        client.user("alice").await;
        let models: Vec<_> = (0..60).map(|number| format!("{number:0>200}")).collect();
        let request = client
            .request(Method::POST, "/v2/api-keys")
            .basic_auth("alice", Some(ADMIN_PASSWORD))
            .json(&json!({"name": "large", "allowed_model_names": models}));
        assert_eq!(answer(request).await.0, 200);
        let request = client
            .request(Method::POST, "/v2/api-keys")
            .basic_auth("alice", Some(ADMIN_PASSWORD))
            .json(&json!({"name": "next"}));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = response.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((2..=4).contains(&wait), "{wait} s");
        let message = response.json::<Value>().await.unwrap();
        assert_eq!(
            message["message"],
            "This user may make 4000 bytes of events a second"
        );
        tokio::time::sleep(Duration::from_secs(wait)).await;
        let (status, body) = create(&client, "alice", None, "next".to_owned()).await;
        assert_eq!(status, 200, "{body}");
    }
}
