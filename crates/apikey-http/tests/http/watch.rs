//! `watch=true`: the existing keys, then their changes.
//!
//! A key in an event is compared with the same key in the list, byte for byte. How
//! a whole key is written is pinned in `api_keys.rs`.

use crate::support::{TestApi, by, delete, get, in_organization, next_chunk, post, put, with_key};
use actix_web::{body::BoxBody, http::header, test::TestRequest};
use futures_util::FutureExt;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

const PATH: &str = "/v2/api-keys?watch=true";

async fn watch(api: &TestApi, request: TestRequest) -> BoxBody {
    let response = api.open(request).await;
    assert_eq!(response.status(), 200);
    response.into_body()
}

/// Asserts that the stream has nothing to send, and returns it.
async fn idle(mut body: BoxBody) -> BoxBody {
    for _ in 0..5 {
        assert!(next_chunk(&mut body).now_or_never().is_none());
    }
    body
}

/// Returns the events of one chunk in GPUStack's framing.
fn events(chunk: Option<Result<String, String>>) -> Vec<Value> {
    let chunk = chunk.unwrap().unwrap();
    assert!(chunk.ends_with("\n\n"), "{chunk:?}");
    let frames = chunk.trim_end().split("\n\n");
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
async fn a_watcher_receives_the_existing_keys_and_then_changes() {
    let api = TestApi::new().await;
    let (first, _) = api.key(json!({"name": "a"})).await;
    api.key(json!({"name": "b"})).await;
    let mut body = watch(&api, by("alice", get(PATH))).await;
    let existing: Vec<_> = events(next_chunk(&mut body).await)
        .iter()
        .map(shown)
        .collect();
    assert_eq!(existing, [r#"1 1 "a""#, r#"1 2 "b""#]);

    api.key(json!({"name": "c"})).await;
    assert_eq!(shown(&events(next_chunk(&mut body).await)[0]), r#"1 3 "c""#);
    let path = format!("/v2/api-keys/{first}");
    let changes = json!({"description": "x", "allowed_model_names": ["m"]});
    api.alice(put(&path, changes)).await;
    let chunk = next_chunk(&mut body).await;
    let data = format!("\"data\":{},", api.key_text(first).await);
    assert!(chunk.as_ref().unwrap().as_ref().unwrap().contains(&data));
    let updated = events(chunk);
    assert_json_snapshot!(updated, {"[0].data" => "[key]"}, @r#"
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
        "data": "[key]",
        "id": 1,
        "type": 2
      }
    ]
    "#);
    // An update that changes nothing is not an event.
    api.alice(put(&path, json!({"description": "x"}))).await;
    api.alice(delete(&path)).await;
    let deleted = events(next_chunk(&mut body).await);
    assert_eq!(shown(&deleted[0]), r#"3 1 "a""#);
    assert_eq!(deleted[0]["changed_fields"], json!({}));
    assert_eq!(deleted[0]["data"]["value"], Value::Null);
}

#[actix_web::test]
async fn accepting_event_streams_selects_standard_framing() {
    let api = TestApi::new().await;
    let (first, _) = api.key(json!({"name": "a"})).await;
    let request = get(PATH).insert_header((header::ACCEPT, "text/event-stream"));
    let response = api.open(by("alice", request)).await;
    let shown = |name: &str| response.headers().get(name).unwrap().to_str().unwrap();
    assert_eq!(shown("content-type"), "text/event-stream");
    assert_eq!(shown("cache-control"), "no-store");
    assert_eq!(shown("x-accel-buffering"), "no");
    let mut body = response.into_body();
    let existing = next_chunk(&mut body).await.unwrap().unwrap();
    assert_eq!(existing, created_frame(&api, first).await);
    let reached = next_chunk(&mut body).await.unwrap().unwrap();
    assert_eq!(reached, "id: 7-7\n\n");
    let (second, _) = api.key(json!({"name": "b"})).await;
    let frame = next_chunk(&mut body).await.unwrap().unwrap();
    let expected = created_frame(&api, second).await;
    assert_eq!(frame, format!("id: 8-8\n{expected}"));
}

/// Returns the standard frame of a key's creation, without a position.
async fn created_frame(api: &TestApi, id: i64) -> String {
    let key = api.key_text(id).await;
    format!(
        "event: created\ndata: {{\"type\":1,\"data\":{key},\"changed_fields\":{{}},\"id\":{id}}}\n\n"
    )
}

#[actix_web::test]
async fn an_idle_stream_has_a_heartbeat_every_fifteen_seconds() {
    let api = TestApi::new().await;
    tokio::time::pause();
    for (accept, heartbeat) in [("*/*", "\n\n"), ("text/event-stream", ": heartbeat\n\n")] {
        let request = get(PATH).insert_header((header::ACCEPT, accept));
        let mut body = watch(&api, by("alice", request)).await;
        if accept != "*/*" {
            assert_eq!(next_chunk(&mut body).await.unwrap().unwrap(), "id: 6-6\n\n");
        }
        for _ in 0..3 {
            let before = tokio::time::Instant::now();
            let chunk = next_chunk(&mut body).await.unwrap().unwrap();
            assert_eq!(chunk, heartbeat);
            let idle_for = before.elapsed().as_millis();
            assert!((15_000..15_100).contains(&idle_for), "{idle_for}");
        }
    }
}

#[actix_web::test]
async fn a_watcher_receives_no_events_of_others() {
    let api = TestApi::new().await;
    let everyone = format!("{PATH}&user_id=*");
    let mut alices = idle(watch(&api, by("alice", get(PATH))).await).await;
    let mut everyones = idle(watch(&api, by("root", get(&everyone))).await).await;
    let search = get(&format!("{everyone}&search=C"));
    let mut found = idle(watch(&api, by("root", search)).await).await;
    let acme = api.acme.id.to_string();
    let create = |name: &str| post("/v2/api-keys", json!({"name": name}));
    api.bob(create("bob's")).await;
    api.bob(in_organization(&acme, create("team"))).await;
    api.alice(in_organization(&acme, create("hers in acme")))
        .await;
    api.alice(create("hers")).await;
    let next = async |body: &mut BoxBody| shown(&events(next_chunk(body).await)[0]);
    assert_eq!(next(&mut alices).await, r#"1 4 "hers""#);
    assert_eq!(next(&mut everyones).await, r#"1 1 "bob's""#);
    assert_eq!(next(&mut everyones).await, r#"1 2 "team""#);
    assert_eq!(next(&mut found).await, r#"1 3 "hers in acme""#);
}

#[actix_web::test]
async fn a_stream_ends_when_its_key_is_deleted() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci"})).await;
    let mut body = watch(&api, with_key(&key, get(PATH))).await;
    assert_eq!(events(next_chunk(&mut body).await).len(), 1);
    api.alice(delete(&format!("/v2/api-keys/{id}"))).await;
    assert_eq!(
        shown(&events(next_chunk(&mut body).await)[0]),
        r#"3 1 "ci""#
    );
    assert!(next_chunk(&mut body).await.is_none());
}

#[actix_web::test]
async fn a_stream_ends_when_its_key_expires() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci", "expires_in": 20})).await;
    tokio::time::pause();
    let mut body = watch(&api, with_key(&key, get(PATH))).await;
    assert_eq!(events(next_chunk(&mut body).await).len(), 1);
    api.app.clock.advance_seconds(15);
    assert_eq!(next_chunk(&mut body).await.unwrap().unwrap(), "\n\n");
    let before = tokio::time::Instant::now();
    let clock = api.app.clock.clone();
    let advance = async move {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        clock.advance_seconds(5);
    };
    let (end, ()) = tokio::join!(next_chunk(&mut body), advance);
    // The test's clock advances at the same instant; either may be first.
    if end.is_some() {
        assert!(next_chunk(&mut body).await.is_none());
    }
    assert!(before.elapsed().as_secs() < 6);
}

#[actix_web::test]
async fn events_after_the_expiry_are_not_sent() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci", "expires_in": 20})).await;
    let mut body = watch(&api, with_key(&key, get(PATH))).await;
    assert_eq!(events(next_chunk(&mut body).await).len(), 1);
    api.app.clock.advance_seconds(20);
    api.key(json!({"name": "later"})).await;
    assert!(next_chunk(&mut body).await.is_none());
}

#[actix_web::test]
async fn many_existing_keys_are_sent_in_small_chunks() {
    let api = TestApi::new().await;
    for number in 0..50 {
        api.key(json!({"name": format!("key {number}")})).await;
    }
    let mut body = watch(&api, by("alice", get(PATH))).await;
    let mut count = 0;
    while count < 50 {
        let chunk = next_chunk(&mut body).await;
        assert!(chunk.as_ref().unwrap().as_ref().unwrap().len() < 8 * 1024);
        count += events(chunk).len();
    }
    assert_eq!(count, 50);
}

#[actix_web::test]
async fn streams_end_when_the_hub_closes_and_none_begin() {
    let api = TestApi::new().await;
    let mut body = watch(&api, by("alice", get(PATH))).await;
    api.app.memory.hub().close();
    assert!(next_chunk(&mut body).await.is_none());
    let refused = api.alice(get(PATH)).await;
    assert_eq!(refused.status, 503);
}
