//! The record of changes outlives releases: events that another release wrote, or
//! that are damaged, fail no list, no stream and no revocation.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use apikey_diesel::testing::recorded;
use reqwest::{Method, Response};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::time::timeout;

const WITHOUT_VERSION: &str =
    include_str!("../../../apikey-diesel/tests/recorded_events/without_version.json");
const WITH_LATER_FIELDS: &str =
    include_str!("../../../apikey-diesel/tests/recorded_events/with_later_fields.json");
const UNREADABLE: &str =
    include_str!("../../../apikey-diesel/tests/recorded_events/unreadable.json");

#[tokio::test]
async fn what_other_releases_recorded_is_shown_on_sqlite() {
    what_other_releases_recorded_is_shown(Kind::Sqlite).await;
}

#[tokio::test]
async fn what_other_releases_recorded_is_shown_on_postgres() {
    what_other_releases_recorded_is_shown(Kind::Postgres).await;
}

async fn what_other_releases_recorded_is_shown(kind: Kind) {
    let releases = [WITHOUT_VERSION, UNREADABLE, WITH_LATER_FIELDS];
    let server = TestServer::start_with_events(kind, &releases).await;
    let client = Client::new(&server);
    let [old, unreadable, later] = releases.map(kinds_of);
    // The server created its first administrator after them.
    let expected = [old, later, vec!["user.created".to_owned()]].concat();
    // A transaction of another test may delay events on the same PostgreSQL.
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut shown = kinds_in_pages(&client, 4).await;
    while shown.len() < expected.len() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
        shown = kinds_in_pages(&client, 4).await;
    }
    assert_eq!(shown, expected);
    // Each counts and is logged once, however often it is read.
    kinds_in_pages(&client, 1_000).await;
    let counted = unreadable_events(&client).await as usize;
    assert_eq!(counted, unreadable.len());
    let logged = server.log().matches("an event that cannot be read").count();
    assert_eq!(logged, counted);

    let mut stream = Stream::open(&client, Some("0-0")).await;
    let change = ["created", "updated", "deleted"];
    for event in [change, change].concat() {
        assert_eq!(stream.next().await, event);
    }
    client.create_key("new").await;
    assert_eq!(stream.next().await, "created");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_with_a_damaged_event_takes_effect_on_the_other_server() {
    let (first, second) = TestServer::start_two_on_nothing().await;
    let damage = recorded::damage("api_key.deleted");
    first.database().run_all(&damage).await.unwrap();
    let (one, other) = (Client::new(&first), Client::new(&second));
    one.user("alice").await;
    let mut stream = Stream::open(&other, None).await;
    for number in 1..=3 {
        let (id, key) = one.own_key("alice").await;
        assert_eq!(stream.next().await, "created");
        // Loads it, and finds it in memory.
        for _ in 0..2 {
            assert_eq!(other.verify(&key, "m").await, 200);
        }
        let path = format!("/v2/api-keys/{id}");
        let (status, body) = answer(one.as_admin(Method::DELETE, &path)).await;
        assert!((200..300).contains(&status), "{body}");
        assert_eq!(other.verify(&key, "m").await, 401);
        assert_eq!(unreadable_events(&other).await, number);
    }
    // Each round but the last shows that the stream continues.
    one.own_key("alice").await;
    assert_eq!(stream.next().await, "created");
    assert!(second.log().contains("an event that cannot be read"));
}

/// Returns the kinds of a fixture's events.
fn kinds_of(events: &str) -> Vec<String> {
    let events: Vec<Value> = serde_json::from_str(events).unwrap();
    let kinds = events.iter().map(|event| event["kind"].as_str().unwrap());
    kinds.map(str::to_owned).collect()
}

/// Returns the kinds of all events that are listed, in pages of this size.
async fn kinds_in_pages(client: &Client, limit: u32) -> Vec<String> {
    let (mut kinds, mut after) = (Vec::new(), "0-0".to_owned());
    loop {
        let path = format!("/v2/events?limit={limit}&after={after}");
        let (status, page) = answer(client.as_admin(Method::GET, &path)).await;
        assert_eq!(status, 200, "{page}");
        let items = page["items"].as_array().unwrap();
        kinds.extend(
            items
                .iter()
                .map(|event| event["kind"].as_str().unwrap().to_owned()),
        );
        if page["has_more"] == false {
            return kinds;
        }
        page["next"].as_str().unwrap().clone_into(&mut after);
    }
}

async fn unreadable_events(client: &Client) -> u64 {
    let (_, metrics) = answer(client.as_admin(Method::GET, "/metrics")).await;
    let lines = metrics.as_str().unwrap().lines();
    let mut counts = lines.filter_map(|line| line.strip_prefix("apikey_unreadable_events_total "));
    counts.next().unwrap().parse().unwrap()
}

/// A stream of all keys, and what was received of it and not yet read.
struct Stream {
    response: Response,
    received: String,
}

// === impl Stream ===

impl Stream {
    async fn open(client: &Client, last: Option<&str>) -> Self {
        let mut request = client.as_admin(Method::GET, "/v2/api-keys?watch=true&user_id=*");
        request = request.header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        Self {
            response,
            received: String::new(),
        }
    }

    /// Returns the name of the next event.
    async fn next(&mut self) -> String {
        loop {
            while let Some((frame, rest)) = self.received.split_once("\n\n") {
                let mut lines = frame.lines();
                let event = lines.find_map(|line| line.strip_prefix("event: "));
                let event = event.map(str::to_owned);
                self.received = rest.to_owned();
                if let Some(event) = event {
                    return event;
                }
            }
            let chunk = timeout(Duration::from_secs(10), self.response.chunk()).await;
            let chunk = chunk.unwrap().unwrap().unwrap();
            self.received.push_str(str::from_utf8(&chunk).unwrap());
        }
    }
}
