//! A request that is sent again makes nothing more, whatever became of the first.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const CLIENTS: usize = 50;
const ROUNDS: u64 = 6;
/// How long a client sends its request again at most.
const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_50_clients_at_three_nodes_of_which_one_is_killed_each_gets_the_same_key() {
    each_gets_the_same_key(three_nodes().await, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_50_clients_at_three_nodes_of_which_one_is_killed_each_gets_the_same_rotation() {
    let servers = three_nodes().await;
    let key = Client::new(&servers[0]).create_key("rotated").await;
    each_gets_the_same_key(servers, key["id"].as_i64()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_50_clients_at_a_server_that_is_killed_each_gets_the_same_rotation_on_sqlite() {
    let server = TestServer::start(Kind::Sqlite).await;
    let key = Client::new(&server).create_key("rotated").await;
    each_gets_the_same_key(vec![server], key["id"].as_i64()).await;
}

async fn three_nodes() -> Vec<TestServer> {
    let first = TestServer::start(Kind::Postgres).await;
    let (second, third) = (first.beside().await, first.beside().await);
    vec![first, second, third]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_50_clients_at_a_server_that_is_killed_each_gets_the_same_key_on_sqlite() {
    each_gets_the_same_key(vec![TestServer::start(Kind::Sqlite).await], None).await;
}

/// Sends the same request by many clients at once, kills a server meanwhile, starts it
/// again, and lets each client send until it is answered. The requests make keys, or they
/// rotate the one that is given.
async fn each_gets_the_same_key(mut servers: Vec<TestServer>, rotated: Option<i64>) {
    let (mut answered, mut lost, mut under_way) = (0, 0, 0);
    for round in 0..ROUNDS {
        let sent = Sent {
            rotated,
            name: format!("round {round}"),
        };
        let clients: Vec<Client> = servers.iter().map(Client::new).collect();
        let sending: Vec<_> = (0..CLIENTS)
            .map(|number| tokio::spawn(send(&clients[number % clients.len()], &sent)))
            .collect();
        // Sometimes before the commit, sometimes after it, and before its answer.
        tokio::time::sleep(Duration::from_millis(5 + 20 * round)).await;
        let killed = usize::try_from(round).unwrap() % servers.len();
        servers[killed].kill();
        let mut keys = Vec::new();
        for sending in sending {
            match sending.await.unwrap() {
                Some((200, key)) => keys.push(key),
                Some((409, refused)) => {
                    assert_eq!(refused["reason"], "Conflict", "{refused}");
                    under_way += 1;
                }
                // Whether it was done is unknown.
                Some((503, _)) | None => lost += 1,
                Some(other) => panic!("{other:?}"),
            }
        }
        answered += keys.len();
        servers[killed].start_again().await;
        let clients: Vec<Client> = servers.iter().map(Client::new).collect();
        let sending: Vec<_> = (0..CLIENTS)
            .map(|number| {
                // At another node than before.
                let client = clients[(number + 1) % clients.len()].clone();
                let sent = sent.clone();
                tokio::spawn(async move { until_answered(&client, &sent).await })
            })
            .collect();
        for sending in sending {
            keys.push(sending.await.unwrap());
        }
        keys.dedup_by_key(|key| (key["id"].clone(), key["value"].clone()));
        assert_eq!(keys.len(), 1, "{keys:?}");
        let value = keys[0]["value"].as_str().unwrap();
        for client in &clients {
            assert_eq!(client.verify(value, "qwen3-0.6b").await, 200);
        }
    }
    println!("{answered} answered at first, {lost} lost, {under_way} under way");
    assert!(lost > 0, "no answer was lost");
    let list = Client::new(&servers[0]).as_admin(Method::GET, "/v2/api-keys");
    let (_, list) = answer(list).await;
    let (keys, credentials) = match rotated {
        None => (ROUNDS, 1),
        Some(_) => (1, ROUNDS + 1),
    };
    assert_eq!(list["pagination"]["total"], keys, "{list}");
    let of_first = list["items"][0]["credentials"].as_array().unwrap();
    assert_eq!(of_first.len() as u64, credentials, "{list}");
}

/// What is sent: a request for a key of this name, or for the rotation of a key. It is the
/// same each time.
#[derive(Clone)]
struct Sent {
    rotated: Option<i64>,
    name: String,
}

impl Sent {
    fn creation(name: &str) -> Self {
        Self {
            rotated: None,
            name: name.to_owned(),
        }
    }

    fn request(&self, client: &Client) -> RequestBuilder {
        let (path, body) = match self.rotated {
            None => ("/v2/api-keys".to_owned(), json!({"name": self.name})),
            Some(id) => (format!("/v2/api-keys/{id}/rotate"), json!({})),
        };
        let request = client.as_admin(Method::POST, &path);
        let request = request.header("idempotency-key", idempotency_key(&self.name));
        request.json(&body)
    }
}

#[tokio::test]
async fn a_server_with_a_new_pepper_knows_the_requests_of_before() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    let ci = Sent::creation("ci");
    let first = until_answered(&Client::new(&server), &ci).await;
    server.terminate();
    let peppers = format!("{},{}", "cd".repeat(32), xtask_harness::server::pepper());
    server
        .start_changed(|command| {
            command.env("APIKEY_PEPPER", peppers);
        })
        .await;
    assert_eq!(until_answered(&Client::new(&server), &ci).await, first);
}

#[tokio::test]
async fn neither_the_idempotency_key_nor_the_value_is_stored_or_logged() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::not_started_on(kind).await;
        server
            .start_changed(|command| {
                command.env("APIKEY_LOG", "trace");
            })
            .await;
        let ci = Sent::creation("ci");
        let key = until_answered(&Client::new(&server), &ci).await;
        let value = key["value"].as_str().unwrap();
        let (_, secret) = value.rsplit_once('_').unwrap();
        for text in [idempotency_key("ci").as_str(), secret] {
            assert!(!server.log().contains(text), "{text} is logged");
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            // Each fails if it finds a row.
            let in_clear = match kind {
                Kind::Sqlite => format!(
                    "SELECT abs(-9223372036854775776 - length(request)) FROM idempotency_keys \
                     WHERE instr(lower(hex(request) || hex(content) || hex(sealed)), '{hex}') > 0"
                ),
                Kind::Postgres => format!(
                    "SELECT 1 / (octet_length(request) - 32) FROM idempotency_keys \
                     WHERE encode(request || content || sealed, 'hex') LIKE '%{hex}%'"
                ),
            };
            let has_row = match kind {
                Kind::Sqlite => {
                    "SELECT json('') WHERE (SELECT COUNT(*) FROM idempotency_keys) <> 1"
                }
                Kind::Postgres => "SELECT 1 / (SELECT COUNT(*) FROM idempotency_keys)",
            };
            let looks = [has_row.to_owned(), in_clear];
            server.database().run_all(&looks).await.unwrap();
        }
    }
}

fn idempotency_key(name: &str) -> String {
    format!("key-of-{}", name.replace(' ', "-"))
}

/// Sends a request once. Returns what is answered, if anything is.
fn send(client: &Client, sent: &Sent) -> impl Future<Output = Option<(u16, Value)>> + use<> {
    let sending = sent.request(client).send();
    async {
        let response = sending.await.ok()?;
        let status = response.status().as_u16();
        Some((status, response.json().await.ok()?))
    }
}

/// Sends a request until it is answered with a key.
async fn until_answered(client: &Client, sent: &Sent) -> Value {
    let deadline = Instant::now() + LIMIT;
    loop {
        match answer(sent.request(client)).await {
            (200, key) => return key,
            (409 | 503, _) if Instant::now() < deadline => {}
            other => panic!("{other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
