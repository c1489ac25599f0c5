//! `watch=true` with `Last-Event-ID`.

use crate::support::{TestApi, by, get, next_chunk};
use actix_web::{body::BoxBody, http::header};
use apikey_domain::{
    change::{Position, cutoff::Cutoff},
    port::event_log::EventLog,
};
use futures_util::FutureExt;
use serde_json::json;

const PATH: &str = "/v2/api-keys?watch=true";

/// Opens alice's stream after `last`, in standard framing.
async fn watch(api: &TestApi, last: Option<&[u8]>) -> BoxBody {
    framed(api, "text/event-stream", last).await
}

async fn framed(api: &TestApi, accept: &str, last: Option<&[u8]>) -> BoxBody {
    let mut request = get(PATH).insert_header((header::ACCEPT, accept));
    if let Some(last) = last {
        let value = header::HeaderValue::from_bytes(last).unwrap();
        request = request.insert_header(("last-event-id", value));
    }
    let response = api.open(by("alice", request)).await;
    assert_eq!(response.status(), 200);
    response.into_body()
}

/// Returns the frames that can be read now, each as its lines without the data.
async fn frames(body: &mut BoxBody) -> Vec<String> {
    let (mut text, mut pending) = (String::new(), 0);
    // A stream yields before each chunk.
    while pending < 5 {
        match next_chunk(body).now_or_never() {
            Some(chunk) => text.push_str(&chunk.unwrap().unwrap()),
            None => pending += 1,
        }
    }
    let frames = text.split_terminator("\n\n");
    let shown = frames.map(|frame| {
        let lines = frame
            .lines()
            .map(|line| match line.split_once("data: {\"") {
                Some(_) => "data",
                None => line,
            });
        lines.collect::<Vec<_>>().join(", ")
    });
    shown.collect()
}

async fn create(api: &TestApi, name: &str) {
    api.key(json!({"name": name})).await;
}

#[actix_web::test]
async fn a_stream_sends_positions() {
    let api = TestApi::new().await;
    create(&api, "a").await;
    create(&api, "b").await;
    let mut body = watch(&api, None).await;
    let existing = "event: created, data";
    assert_eq!(frames(&mut body).await, [existing, existing, "id: 8-8"]);
    create(&api, "c").await;
    assert_eq!(frames(&mut body).await, ["id: 9-9, event: created, data"]);
}

#[actix_web::test]
async fn a_stream_resumes_after_the_last_event() {
    let api = TestApi::new().await;
    for name in ["a", "b", "c"] {
        create(&api, name).await;
    }
    let mut body = watch(&api, Some(b"7-7")).await;
    let expected = [
        "id: 8-8, event: created, data",
        "id: 9-9, event: created, data",
    ];
    assert_eq!(frames(&mut body).await, expected);
    create(&api, "d").await;
    assert_eq!(frames(&mut body).await, ["id: 10-10, event: created, data"]);
    let mut body = watch(&api, Some(b"10-10")).await;
    assert_eq!(frames(&mut body).await, ["id: 10-10"]);
}

#[actix_web::test]
async fn a_client_that_cannot_resume_receives_a_resync() {
    let api = TestApi::new().await;
    create(&api, "a").await;
    let pruned = api
        .app
        .memory
        .prune_events(Cutoff::EVERYTHING, Position::START, 2)
        .await;
    assert_eq!(pruned.unwrap().events, 2);
    let resync = [
        "id: resync, event: resync, data: {}",
        "event: created, data",
        "id: 7-7",
    ];
    for last in [
        b"1-1".as_slice(),
        b"1000-0",
        b"9",
        b"yesterday",
        b"\xff",
        b"resync",
    ] {
        let mut body = watch(&api, Some(last)).await;
        assert_eq!(frames(&mut body).await, resync, "{last:?}");
    }
    for last in [None, Some(b"".as_slice())] {
        let mut body = watch(&api, last).await;
        assert_eq!(frames(&mut body).await, resync[1..], "{last:?}");
    }
}

#[actix_web::test]
async fn a_heartbeat_contains_a_new_position() {
    let api = TestApi::new().await;
    let mut body = watch(&api, None).await;
    assert_eq!(frames(&mut body).await, ["id: 6-6"]);
    tokio::time::pause();
    let heartbeat = async |body: &mut BoxBody| next_chunk(body).await.unwrap().unwrap();
    assert_eq!(heartbeat(&mut body).await, ": heartbeat\n\n");
    api.app.user("carol").await;
    assert_eq!(heartbeat(&mut body).await, ": heartbeat\nid: 7-7\n\n");
    assert_eq!(heartbeat(&mut body).await, ": heartbeat\n\n");
}

#[actix_web::test]
async fn bare_framing_has_no_positions_but_can_resume() {
    let api = TestApi::new().await;
    create(&api, "a").await;
    create(&api, "b").await;
    let numbers = |chunk: &str| {
        let frames = chunk.split_terminator("\n\n");
        let ids = frames.map(|frame| {
            let frame: serde_json::Value = serde_json::from_str(frame).unwrap();
            format!("{} {}", frame["type"], frame["id"])
        });
        ids.collect::<Vec<_>>()
    };
    let mut body = framed(&api, "*/*", Some(b"7-7")).await;
    let chunk = next_chunk(&mut body).await.unwrap().unwrap();
    assert_eq!(numbers(&chunk), ["1 2"]);
    assert!(frames(&mut body).await.is_empty());
    let mut body = framed(&api, "*/*", Some(b"yesterday")).await;
    let chunk = next_chunk(&mut body).await.unwrap().unwrap();
    assert_eq!(
        chunk,
        "{\"type\":4,\"data\":null,\"changed_fields\":{},\"id\":null}\n\n"
    );
    let chunk = next_chunk(&mut body).await.unwrap().unwrap();
    assert_eq!(numbers(&chunk), ["1 1", "1 2"]);
    assert!(frames(&mut body).await.is_empty());
}
