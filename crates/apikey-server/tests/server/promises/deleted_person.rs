//! What stays of a deleted person, and for how long.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A part of everything that is stored of the person.
const NAME: &str = "zoe-moreau";

/// Creates a person who does things, and deletes them.
async fn come_and_go(client: &Client) {
    let zoe = client.user(NAME).await;
    let path = format!("/v2/users/{zoe}");
    let named = json!({"full_name": format!("{NAME} of Lyon")});
    client.change(Method::PUT, &path, named).await;
    let acme = client.organization("acme").await;
    let members = format!("/v2/organizations/{acme}/members");
    let member = json!({"user_id": zoe});
    client.change(Method::POST, &members, member).await;
    for organization in [None, Some(acme)] {
        let create = client.request(Method::POST, "/v2/api-keys");
        let create = create.basic_auth(NAME, Some("Admin_123"));
        let create = match organization {
            Some(id) => create.header("x-organization-id", id),
            None => create,
        };
        let name = format!("key of {NAME}");
        let key = json!({"name": name, "description": name});
        let (status, key) = answer(create.json(&key)).await;
        assert_eq!(status, 200, "{key}");
        let value = key["value"].as_str().unwrap();
        assert_eq!(client.verify(value, "m").await, 200);
    }
    client.change(Method::DELETE, &path, Value::Null).await;
}

/// Returns the answers to lists that name the person.
async fn lists_that_name_them(client: &Client) -> Vec<&'static str> {
    let mut naming = Vec::new();
    for path in [
        "/v2/api-keys?user_id=*&page=-1",
        "/v2/users",
        "/v2/organizations",
        "/v2/organizations/4/members",
        "/v2/events?limit=1000",
        "/metrics",
    ] {
        let list = client.as_admin(Method::GET, path).send().await.unwrap();
        if list.text().await.unwrap().contains(NAME) {
            naming.push(path);
        }
    }
    naming
}

/// Fails if a row of another table than that of events names the person.
async fn no_other_row_names_them(server: &TestServer) {
    let check = format!(
        "DO $$ DECLARE name text; found bool; BEGIN \
         FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' \
         AND tablename <> 'events' LOOP \
         EXECUTE format('SELECT EXISTS (SELECT FROM %I AS r WHERE r::text LIKE ''%%{NAME}%%'')', \
         name) INTO found; \
         IF found THEN RAISE EXCEPTION '% names them', name; END IF; \
         END LOOP; END $$"
    );
    server.database().run_all(&[check]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_deleted_person_only_the_record_remains_until_its_time_is_over() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        let client = Client::new(&server);
        come_and_go(&client).await;
        // On PostgreSQL an event is shown once older transactions have ended.
        let deadline = Instant::now() + Duration::from_secs(20);
        while lists_that_name_them(&client).await != ["/v2/events?limit=1000"] {
            assert!(Instant::now() < deadline, "{kind}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        if kind == Kind::Postgres {
            no_other_row_names_them(&server).await;
        }
        let log = server.log();
        assert!(!log.contains(NAME), "{kind}: {log}");
        assert_eq!(server.terminate().code(), Some(0));
        // A server deletes what is old when it starts, and then a minute later.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let url = server.database_url();
        let soon = ["--event-retention", "1s", "--event-prune-percent", "100"];
        server.start_by(&url, &soon).await;
        let client = Client::new(&server);
        let deadline = Instant::now() + Duration::from_secs(30);
        while !lists_that_name_them(&client).await.is_empty() {
            assert!(Instant::now() < deadline, "{kind}: {}", server.log());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}
