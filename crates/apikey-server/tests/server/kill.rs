//! Nothing that was answered is lost, however the server ends.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

const WRITERS: usize = 16;
const ROUNDS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answered_creation_outlives_a_kill_on_sqlite() {
    kill_in_a_storm(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answered_creation_outlives_a_kill_on_postgres() {
    kill_in_a_storm(Kind::Postgres).await;
}

/// Kills the server in the middle of creations and deletions, starts it again
/// and asks for all that was answered: each round, and over all rounds at last.
async fn kill_in_a_storm(kind: Kind) {
    let mut server = TestServer::start(kind).await;
    let (mut created, mut deleted) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let client = Client::new(&server);
        let key = client.create_key(&format!("writer {round}")).await;
        let storm: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (client, value) = (client.clone(), text(&key["value"]));
                tokio::spawn(write_until_killed(
                    client,
                    value,
                    format!("{round} {writer}"),
                ))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(700 + 150 * round as u64)).await;
        server.kill();
        for writer in storm {
            let (mut kept, mut gone) = writer.await.unwrap();
            created.append(&mut kept);
            deleted.append(&mut gone);
        }
        server.start_again().await;
    }
    assert!(created.len() > 100, "only {} creations", created.len());
    assert!(deleted.len() > 10, "only {} deletions", deleted.len());
    println!("{} created, {} deleted", created.len(), deleted.len());
    let client = Client::new(&server);
    for value in created {
        assert_eq!(status_of(&client, &value).await, StatusCode::OK);
    }
    for value in deleted {
        assert_eq!(status_of(&client, &value).await, StatusCode::UNAUTHORIZED);
    }
}

/// Creates keys, and deletes every fourth of its own, until the server is gone.
/// Answers the keys whose creation, and those whose deletion was answered. A
/// key whose deletion was sent and not answered is in neither.
async fn write_until_killed(
    client: Client,
    key: String,
    name: String,
) -> (Vec<String>, Vec<String>) {
    let (mut created, mut deleted) = (Vec::new(), Vec::new());
    for number in 0.. {
        let request = client
            .request(Method::POST, "/v2/api-keys")
            .bearer_auth(&key);
        let body = json!({ "name": format!("{name} {number}") });
        let Ok(response) = request.json(&body).send().await else {
            break;
        };
        let status = response.status();
        let Ok(body) = response.json::<Value>().await else {
            break;
        };
        assert_eq!(status, StatusCode::OK, "{body}");
        if number % 4 != 3 {
            created.push(text(&body["value"]));
            continue;
        }
        let path = format!("/v2/api-keys/{}", body["id"]);
        let request = client.request(Method::DELETE, &path).bearer_auth(&key);
        match request.send().await {
            Ok(response) if response.status() == StatusCode::OK => {
                deleted.push(text(&body["value"]));
            }
            Ok(response) => panic!("deletion: {}", response.status()),
            Err(_) => break,
        }
    }
    (created, deleted)
}

async fn status_of(client: &Client, value: &str) -> StatusCode {
    let request = client.request(Method::GET, "/v2/api-keys?perPage=1");
    let (status, _) = answer(request.bearer_auth(value)).await;
    StatusCode::from_u16(status).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
