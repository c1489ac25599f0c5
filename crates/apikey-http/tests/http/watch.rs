//! `watch=true`: what is there, then what happens.

use crate::support::{TestApi, by, delete, get, in_organization, next_piece, post, put, with_key};
use actix_web::{body::BoxBody, http::header, test::TestRequest};
use futures_util::FutureExt;
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

const PATH: &str = "/v2/api-keys?watch=true";

async fn watch(stage: &TestApi, request: TestRequest) -> BoxBody {
    let response = stage.open(request).await;
    assert_eq!(response.status(), 200);
    response.into_body()
}

/// The stream, once it has said all there is to say so far: nothing.
async fn silent(mut body: BoxBody) -> BoxBody {
    for _ in 0..5 {
        assert!(next_piece(&mut body).now_or_never().is_none());
    }
    body
}

/// The events of one piece in GPUStack's frames.
fn events(piece: Option<Result<String, String>>) -> Vec<Value> {
    let piece = piece.unwrap().unwrap();
    assert!(piece.ends_with("\n\n"), "{piece:?}");
    let frames = piece.trim_end().split("\n\n");
    let parsed = frames.map(|frame| serde_json::from_str(frame).unwrap());
    parsed.collect()
}

fn shown(event: &Value) -> String {
    format!(
        "{} {} {}",
        event["type"], event["id"], event["data"]["name"]
    )
}

#[actix_web::test]
async fn a_watcher_is_told_what_is_there_and_what_happens() {
    let stage = TestApi::new().await;
    let (first, _) = stage.key(json!({"name": "a"})).await;
    stage.key(json!({"name": "b"})).await;
    let mut body = watch(&stage, by("alice", get(PATH))).await;
    let present: Vec<_> = events(next_piece(&mut body).await)
        .iter()
        .map(shown)
        .collect();
    assert_eq!(present, [r#"1 1 "a""#, r#"1 2 "b""#]);

    stage.key(json!({"name": "c"})).await;
    assert_eq!(shown(&events(next_piece(&mut body).await)[0]), r#"1 3 "c""#);
    let path = format!("/v2/api-keys/{first}");
    let changes = json!({"description": "x", "allowed_model_names": ["m"]});
    stage.alice(put(&path, changes)).await;
    assert_json_snapshot!(events(next_piece(&mut body).await), @r#"
    [
      {
        "changed_fields": {
          "allowed_model_names": [
            [
              null
            ],
            [
              [
                "m"
              ]
            ]
          ],
          "description": [
            [
              null
            ],
            [
              "x"
            ]
          ]
        },
        "data": {
          "allowed_model_names": [
            "m"
          ],
          "created_at": "2026-01-01T00:00:00.000000Z",
          "description": "x",
          "expires_at": null,
          "id": 1,
          "is_custom": false,
          "last_used_at": null,
          "masked_value": "gpustack_1715***",
          "name": "a",
          "scope": [
            "*"
          ],
          "updated_at": "2026-01-01T00:00:00.000000Z",
          "user_name": "alice",
          "value": null
        },
        "id": 1,
        "type": 2
      }
    ]
    "#);
    // A change that changes nothing is no event.
    stage.alice(put(&path, json!({"description": "x"}))).await;
    stage.alice(delete(&path)).await;
    let deleted = events(next_piece(&mut body).await);
    assert_eq!(shown(&deleted[0]), r#"3 1 "a""#);
    assert_eq!(deleted[0]["changed_fields"], json!({}));
    assert_eq!(deleted[0]["data"]["value"], Value::Null);
}

#[actix_web::test]
async fn naming_event_streams_gets_standard_frames() {
    let stage = TestApi::new().await;
    stage.key(json!({"name": "a"})).await;
    let request = get(PATH).insert_header((header::ACCEPT, "text/event-stream"));
    let response = stage.open(by("alice", request)).await;
    let shown = |name: &str| response.headers().get(name).unwrap().to_str().unwrap();
    assert_eq!(shown("content-type"), "text/event-stream");
    assert_eq!(shown("cache-control"), "no-store");
    assert_eq!(shown("x-accel-buffering"), "no");
    let mut body = response.into_body();
    let present = next_piece(&mut body).await.unwrap().unwrap();
    assert!(
        present.starts_with("event: created\ndata: {\"type\":1,"),
        "{present}"
    );
    let reached = next_piece(&mut body).await.unwrap().unwrap();
    assert_eq!(reached, "id: 7-7\n\n");
    stage.key(json!({"name": "b"})).await;
    assert_snapshot!(next_piece(&mut body).await.unwrap().unwrap(), @r#"
    id: 8-8
    event: created
    data: {"type":1,"data":{"id":2,"name":"b","description":null,"scope":["*"],"allowed_model_names":null,"user_name":"alice","value":null,"masked_value":"gpustack_f1bb***","is_custom":false,"created_at":"2026-01-01T00:00:00.000000Z","updated_at":"2026-01-01T00:00:00.000000Z","expires_at":null,"last_used_at":null},"changed_fields":{},"id":2}
    "#);
}

#[actix_web::test]
async fn silence_is_broken_every_fifteen_seconds() {
    let stage = TestApi::new().await;
    tokio::time::pause();
    for (accept, heartbeat) in [("*/*", "\n\n"), ("text/event-stream", ": heartbeat\n\n")] {
        let request = get(PATH).insert_header((header::ACCEPT, accept));
        let mut body = watch(&stage, by("alice", request)).await;
        if accept != "*/*" {
            assert_eq!(next_piece(&mut body).await.unwrap().unwrap(), "id: 6-6\n\n");
        }
        for _ in 0..3 {
            let before = tokio::time::Instant::now();
            let piece = next_piece(&mut body).await.unwrap().unwrap();
            assert_eq!(piece, heartbeat);
            let silence = before.elapsed().as_millis();
            assert!((15_000..15_100).contains(&silence), "{silence}");
        }
    }
}

#[actix_web::test]
async fn a_watcher_is_told_nothing_of_others() {
    let stage = TestApi::new().await;
    let everyone = format!("{PATH}&user_id=*");
    let mut alices = silent(watch(&stage, by("alice", get(PATH))).await).await;
    let mut everyones = silent(watch(&stage, by("root", get(&everyone))).await).await;
    let search = get(&format!("{everyone}&search=C"));
    let mut found = silent(watch(&stage, by("root", search)).await).await;
    let acme = stage.acme.id.to_string();
    let create = |name: &str| post("/v2/api-keys", json!({"name": name}));
    stage.bob(create("bob's")).await;
    stage.bob(in_organization(&acme, create("team"))).await;
    stage
        .alice(in_organization(&acme, create("hers in acme")))
        .await;
    stage.alice(create("hers")).await;
    let next = async |body: &mut BoxBody| shown(&events(next_piece(body).await)[0]);
    assert_eq!(next(&mut alices).await, r#"1 4 "hers""#);
    assert_eq!(next(&mut everyones).await, r#"1 1 "bob's""#);
    assert_eq!(next(&mut everyones).await, r#"1 2 "team""#);
    assert_eq!(next(&mut found).await, r#"1 3 "hers in acme""#);
}

#[actix_web::test]
async fn a_stream_ends_with_the_key_it_came_with() {
    let stage = TestApi::new().await;
    let (id, key) = stage.key(json!({"name": "ci"})).await;
    let mut body = watch(&stage, with_key(&key, get(PATH))).await;
    assert_eq!(events(next_piece(&mut body).await).len(), 1);
    stage.alice(delete(&format!("/v2/api-keys/{id}"))).await;
    assert_eq!(
        shown(&events(next_piece(&mut body).await)[0]),
        r#"3 1 "ci""#
    );
    assert!(next_piece(&mut body).await.is_none());
}

#[actix_web::test]
async fn a_stream_ends_when_the_key_it_came_with_expires() {
    let stage = TestApi::new().await;
    let (_, key) = stage.key(json!({"name": "ci", "expires_in": 20})).await;
    tokio::time::pause();
    let mut body = watch(&stage, with_key(&key, get(PATH))).await;
    assert_eq!(events(next_piece(&mut body).await).len(), 1);
    stage.world.clock.advance_seconds(15);
    assert_eq!(next_piece(&mut body).await.unwrap().unwrap(), "\n\n");
    let before = tokio::time::Instant::now();
    let clock = stage.world.clock.clone();
    let advance = async move {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        clock.advance_seconds(5);
    };
    let (end, ()) = tokio::join!(next_piece(&mut body), advance);
    // The test's clock moves in the same instant; either may be first.
    if end.is_some() {
        assert!(next_piece(&mut body).await.is_none());
    }
    assert!(before.elapsed().as_secs() < 6);
}

#[actix_web::test]
async fn news_after_the_expiry_is_not_told() {
    let stage = TestApi::new().await;
    let (_, key) = stage.key(json!({"name": "ci", "expires_in": 20})).await;
    let mut body = watch(&stage, with_key(&key, get(PATH))).await;
    assert_eq!(events(next_piece(&mut body).await).len(), 1);
    stage.world.clock.advance_seconds(20);
    stage.key(json!({"name": "later"})).await;
    assert!(next_piece(&mut body).await.is_none());
}

#[actix_web::test]
async fn many_present_keys_come_in_small_pieces() {
    let stage = TestApi::new().await;
    for number in 0..50 {
        stage.key(json!({"name": format!("key {number}")})).await;
    }
    let mut body = watch(&stage, by("alice", get(PATH))).await;
    let mut count = 0;
    while count < 50 {
        let piece = next_piece(&mut body).await;
        assert!(piece.as_ref().unwrap().as_ref().unwrap().len() < 8 * 1024);
        count += events(piece).len();
    }
    assert_eq!(count, 50);
}

#[actix_web::test]
async fn streams_end_when_the_feed_closes_and_none_begin() {
    let stage = TestApi::new().await;
    let mut body = watch(&stage, by("alice", get(PATH))).await;
    stage.world.memory.hub().close();
    assert!(next_piece(&mut body).await.is_none());
    let refused = stage.alice(get(PATH)).await;
    assert_eq!(refused.status, 503);
}
