//! `watch=true` with `Last-Event-ID`.

use crate::support::{TestApi, by, get, next_piece};
use actix_web::{body::BoxBody, http::header};
use apikey_domain::{port::event_log::EventLog, timestamp::Timestamp};
use futures_util::FutureExt;
use serde_json::json;

const PATH: &str = "/v2/api-keys?watch=true";

/// Alice's stream from behind `last`, in standard frames.
async fn watch(stage: &TestApi, last: Option<&[u8]>) -> BoxBody {
    framed(stage, "text/event-stream", last).await
}

async fn framed(stage: &TestApi, accept: &str, last: Option<&[u8]>) -> BoxBody {
    let mut request = get(PATH).insert_header((header::ACCEPT, accept));
    if let Some(last) = last {
        let value = header::HeaderValue::from_bytes(last).unwrap();
        request = request.insert_header(("last-event-id", value));
    }
    let response = stage.open(by("alice", request)).await;
    assert_eq!(response.status(), 200);
    response.into_body()
}

/// What there is to be read now: of each frame its lines, without the data.
async fn frames(body: &mut BoxBody) -> Vec<String> {
    let (mut text, mut silence) = (String::new(), 0);
    // A stream gives way before each piece.
    while silence < 5 {
        match next_piece(body).now_or_never() {
            Some(piece) => text.push_str(&piece.unwrap().unwrap()),
            None => silence += 1,
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

async fn create(stage: &TestApi, name: &str) {
    stage.key(json!({"name": name})).await;
}

#[actix_web::test]
async fn a_stream_tells_where_it_can_go_on() {
    let stage = TestApi::new().await;
    create(&stage, "a").await;
    create(&stage, "b").await;
    let mut body = watch(&stage, None).await;
    let present = "event: created, data";
    assert_eq!(frames(&mut body).await, [present, present, "id: 8-8"]);
    create(&stage, "c").await;
    assert_eq!(frames(&mut body).await, ["id: 9-9, event: created, data"]);
}

#[actix_web::test]
async fn a_stream_goes_on_behind_the_last_event() {
    let stage = TestApi::new().await;
    for name in ["a", "b", "c"] {
        create(&stage, name).await;
    }
    let mut body = watch(&stage, Some(b"7-7")).await;
    let expected = [
        "id: 8-8, event: created, data",
        "id: 9-9, event: created, data",
    ];
    assert_eq!(frames(&mut body).await, expected);
    create(&stage, "d").await;
    assert_eq!(frames(&mut body).await, ["id: 10-10, event: created, data"]);
    let mut body = watch(&stage, Some(b"10-10")).await;
    assert_eq!(frames(&mut body).await, ["id: 10-10"]);
}

#[actix_web::test]
async fn who_cannot_go_on_is_told_to_start_anew() {
    let stage = TestApi::new().await;
    create(&stage, "a").await;
    let pruned = stage.world.memory.prune_events(Timestamp::MAX, 2).await;
    assert_eq!(pruned.unwrap(), 2);
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
        let mut body = watch(&stage, Some(last)).await;
        assert_eq!(frames(&mut body).await, resync, "{last:?}");
    }
    for last in [None, Some(b"".as_slice())] {
        let mut body = watch(&stage, last).await;
        assert_eq!(frames(&mut body).await, resync[1..], "{last:?}");
    }
}

#[actix_web::test]
async fn a_sign_of_life_tells_a_new_position() {
    let stage = TestApi::new().await;
    let mut body = watch(&stage, None).await;
    assert_eq!(frames(&mut body).await, ["id: 6-6"]);
    tokio::time::pause();
    let beat = async |body: &mut BoxBody| next_piece(body).await.unwrap().unwrap();
    assert_eq!(beat(&mut body).await, ": heartbeat\n\n");
    stage.world.user("carol").await;
    assert_eq!(beat(&mut body).await, ": heartbeat\nid: 7-7\n\n");
    assert_eq!(beat(&mut body).await, ": heartbeat\n\n");
}

#[actix_web::test]
async fn bare_frames_tell_no_positions_and_go_on_all_the_same() {
    let stage = TestApi::new().await;
    create(&stage, "a").await;
    create(&stage, "b").await;
    let numbers = |piece: &str| {
        let frames = piece.split_terminator("\n\n");
        let ids = frames.map(|frame| {
            let frame: serde_json::Value = serde_json::from_str(frame).unwrap();
            format!("{} {}", frame["type"], frame["id"])
        });
        ids.collect::<Vec<_>>()
    };
    let mut body = framed(&stage, "*/*", Some(b"7-7")).await;
    let piece = next_piece(&mut body).await.unwrap().unwrap();
    assert_eq!(numbers(&piece), ["1 2"]);
    assert!(frames(&mut body).await.is_empty());
    let mut body = framed(&stage, "*/*", Some(b"yesterday")).await;
    let piece = next_piece(&mut body).await.unwrap().unwrap();
    assert_eq!(
        piece,
        "{\"type\":4,\"data\":null,\"changed_fields\":{},\"id\":null}\n\n"
    );
    let piece = next_piece(&mut body).await.unwrap().unwrap();
    assert_eq!(numbers(&piece), ["1 1", "1 2"]);
    assert!(frames(&mut body).await.is_empty());
}
