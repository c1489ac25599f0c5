//! Answers that do not fit a piece: written as they are read, and bounded together.

use crate::support::{TestApi, TestResponse, by, delete, get, next_chunk, post, put, with_key};
use actix_web::{body::BoxBody, http::header};
use apikey_domain::{
    error::PortError, identifier::ApiKeyId, listing::PIECE_BYTES,
    port::api_key_repository::MockApiKeyRepository, testing::fixture,
};
use apikey_http::LargeAnswers;
use serde_json::{Value, json};
use std::sync::Arc;

/// A chunk has this many bytes at most: some entries, and one more.
const LARGEST_CHUNK: usize = 160 * 1024;

/// Returns a description of 16 KiB.
fn long_text() -> String {
    "🦀".repeat(4_096)
}

/// Creates large keys of alice, with names 00, 01 and so on.
async fn large_keys(api: &TestApi, count: usize) -> Vec<i64> {
    let mut ids = Vec::new();
    for number in 0..count {
        let models = vec!["\\".repeat(255); 60];
        let body = json!({
            "name": format!("{number:02}"),
            "description": long_text(),
            "allowed_model_names": models,
        });
        ids.push(api.key(body).await.0);
    }
    ids
}

/// Reads the whole body, and returns it with the number of its chunks.
async fn read(mut body: BoxBody) -> (String, usize) {
    let (mut whole, mut chunks) = (String::new(), 0);
    while let Some(chunk) = next_chunk(&mut body).await {
        let chunk = chunk.unwrap();
        assert!(chunk.len() <= LARGEST_CHUNK, "{}", chunk.len());
        whole.push_str(&chunk);
        chunks += 1;
    }
    (whole, chunks)
}

/// Returns a list that is put together from pages of one entry each.
async fn one_by_one(api: &TestApi, path: &str, total: usize) -> Value {
    let mut items = Vec::new();
    for page in 1..=total {
        let path = format!("{path}&perPage=1&page={page}");
        let response = api.root(get(&path)).await.json();
        assert_eq!(response["pagination"]["total"], total);
        items.extend(response["items"].as_array().unwrap().clone());
    }
    json!(items)
}

#[actix_web::test]
async fn a_large_page_is_that_of_its_entries() {
    let api = TestApi::new().await;
    large_keys(&api, 12).await;
    for slug in ["a", "b", "c", "d", "e"] {
        let body = json!({"name": slug, "slug": slug, "description": long_text()});
        assert_eq!(api.root(post("/v2/organizations", body)).await.status, 200);
    }
    let keys = "/v2/api-keys?user_id=*&sort_by=name";
    for (path, total) in [(keys, 12), ("/v2/organizations?search=", 6)] {
        let response = api.open(by("root", get(path))).await;
        let kind = response.headers().get(header::CONTENT_TYPE).unwrap();
        assert_eq!(kind, "application/json");
        let cache = response.headers().get(header::CACHE_CONTROL).unwrap();
        assert_eq!(cache, "no-store");
        let (body, chunks) = read(response.into_body()).await;
        assert!(chunks > 1, "{path}");
        let start = r#"{"items":[{"id":"#;
        let end = format!(
            r#"}}],"pagination":{{"page":1,"perPage":100,"total":{total},"totalPage":1}}}}"#
        );
        assert!(body.starts_with(start) && body.ends_with(&end), "{path}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["items"], one_by_one(&api, path, total).await);
    }
    let (all, _) = read(
        api.open(by("root", get(&format!("{keys}&page=-1"))))
            .await
            .into_body(),
    )
    .await;
    let (page, _) = read(api.open(by("root", get(keys))).await.into_body()).await;
    let page = page.replace(r#""page":1"#, r#""page":-1"#);
    assert_eq!(all, page);
}

#[actix_web::test]
async fn a_reader_whose_rights_end_gets_no_more_of_a_list() {
    for path in ["/v2/api-keys", "/v2/api-keys?page=-1"] {
        let api = TestApi::new().await;
        large_keys(&api, 20).await;
        let mut body = api.open(by("alice", get(path))).await.into_body();
        next_chunk(&mut body).await.unwrap().unwrap();
        let path = format!("/v2/users/{}", api.alice.id.0);
        let deactivate = put(&path, json!({"is_active": false}));
        assert_eq!(api.root(deactivate).await.status, 200);
        let mut more = 0;
        while let Some(chunk) = next_chunk(&mut body).await {
            match chunk {
                Ok(chunk) => more += chunk.len(),
                Err(_) => break,
            }
        }
        // What was read before the loss.
        assert!(more <= PIECE_BYTES + LARGEST_CHUNK, "{more}");
    }
}

#[actix_web::test]
async fn a_small_page_has_a_length() {
    let api = TestApi::new().await;
    for number in 0..100 {
        api.key(json!({"name": number.to_string()})).await;
    }
    for path in [
        "/v2/api-keys",
        "/v2/api-keys?page=-1",
        "/v2/events?limit=20",
    ] {
        let body = api.open(by("root", get(path))).await.into_body();
        let size = actix_web::body::MessageBody::size(&body);
        assert!(
            matches!(size, actix_web::body::BodySize::Sized(_)),
            "{path}"
        );
    }
}

#[actix_web::test]
async fn a_large_page_of_events_goes_on_where_the_next_begins() {
    let api = TestApi::new().await;
    let ids = large_keys(&api, 8).await;
    for id in &ids[..3] {
        let path = format!("/v2/api-keys/{id}");
        assert_eq!(
            api.alice(put(&path, json!({"description": "x"})))
                .await
                .status,
            200
        );
    }
    let (mut after, mut one_by_one) = ("0-0".to_owned(), Vec::new());
    loop {
        let path = format!("/v2/events?limit=1&after={after}");
        let page = api.root(get(&path)).await.json();
        one_by_one.extend(page["items"].as_array().unwrap().clone());
        after = page["next"].as_str().unwrap().to_owned();
        if page["has_more"] == false {
            break;
        }
    }
    let whole = api.open(by("root", get("/v2/events"))).await.into_body();
    let (whole, chunks) = read(whole).await;
    assert!(chunks > 1);
    let end = format!(r#"],"next":"{after}","has_more":false,"oldest":"0-0","is_complete":true}}"#);
    assert!(whole.ends_with(&end), "{}", &whole[whole.len() - 200..]);
    let whole: Value = serde_json::from_str(&whole).unwrap();
    assert_eq!(whole["items"], json!(one_by_one));
    // A limit holds across the pieces.
    let limit = one_by_one.len() - 2;
    let some = api
        .root(get(&format!("/v2/events?limit={limit}")))
        .await
        .json();
    assert_eq!(some["items"], json!(one_by_one[..limit]));
    assert_eq!(
        (&some["has_more"], &some["next"]),
        (&json!(true), &one_by_one[limit - 1]["id"])
    );
}

#[actix_web::test]
async fn what_is_deleted_while_a_page_is_read_is_left_out() {
    let api = TestApi::new().await;
    let ids = large_keys(&api, 8).await;
    let request = by("alice", get("/v2/api-keys?sort_by=name"));
    let mut body = api.open(request).await.into_body();
    let first = next_chunk(&mut body).await.unwrap().unwrap();
    for id in [ids[5], ids[7]] {
        let deleted = api.alice(delete(&format!("/v2/api-keys/{id}"))).await;
        assert_eq!(deleted.status, 200);
    }
    let (rest, _) = read(body).await;
    let whole: Value = serde_json::from_str(&(first + &rest)).unwrap();
    let items = whole["items"].as_array().unwrap();
    let names: Vec<_> = items
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["00", "01", "02", "03", "04", "06"]);
    assert_eq!(whole["pagination"]["total"], 8);
}

fn is_exhausted(response: &TestResponse) -> bool {
    let refusal = "503 ServiceUnavailable: Too many large answers are being read, try again";
    response.status == 503 && {
        assert_eq!(response.refusal(), refusal);
        assert_eq!(response.header(header::RETRY_AFTER), "1");
        true
    }
}

#[actix_web::test]
async fn large_answers_are_bounded_together() {
    let mut api = TestApi::new().await;
    // Whoever waits for a share does so without taking time.
    tokio::time::pause();
    api.state.large_answers = LargeAnswers::of_bytes(2 * LargeAnswers::SHARE_BYTES);
    large_keys(&api, 8).await;
    let large = "/v2/api-keys?sort_by=name";
    let mut bodies = Vec::new();
    for path in [large, "/v2/api-keys?page=-1"] {
        let mut body = api.open(by("alice", get(path))).await.into_body();
        assert!(next_chunk(&mut body).await.unwrap().is_ok());
        bodies.push(body);
    }
    for path in [large, "/v2/api-keys?page=-1", "/v2/api-keys?watch=true"] {
        assert!(is_exhausted(&api.alice(get(path)).await), "{path}");
    }
    assert!(is_exhausted(&api.root(get("/v2/events")).await));
    // Small answers and verifications need no share.
    assert_eq!(api.alice(get("/v2/api-keys?perPage=1")).await.status, 200);
    assert_eq!(api.root(get("/v2/users")).await.status, 200);
    let (_, key) = api.key(json!({"name": "ci"})).await;
    assert_eq!(
        api.send(with_key(&key, get("/auth/verify"))).await.status,
        200
    );
    // A client that goes away makes room, and so does one that reads to the end.
    bodies.remove(0);
    assert_eq!(api.alice(get(large)).await.status, 200);
    assert_eq!(api.alice(get(large)).await.status, 200);
    read(bodies.remove(0)).await;
    let mut both = Vec::new();
    for _ in 0..2 {
        both.push(api.open(by("alice", get(large))).await);
        assert_eq!(both.last().unwrap().status(), 200);
    }
}

#[actix_web::test]
async fn a_watch_keeps_its_share_until_it_has_caught_up() {
    let mut api = TestApi::new().await;
    // Whoever waits for a share does so without taking time.
    tokio::time::pause();
    api.state.large_answers = LargeAnswers::of_bytes(LargeAnswers::SHARE_BYTES);
    large_keys(&api, 6).await;
    let watch = by("alice", get("/v2/api-keys?watch=true"));
    let mut body = api.open(watch).await.into_body();
    assert!(is_exhausted(&api.alice(get("/v2/api-keys")).await));
    let mut present = 0;
    while present < 6 {
        let chunk = next_chunk(&mut body).await.unwrap().unwrap();
        assert!(chunk.len() <= LARGEST_CHUNK);
        present += chunk.matches("\n\n").count();
    }
    let change = put("/v2/api-keys/1", json!({"description": "x"}));
    assert_eq!(api.alice(change).await.status, 200);
    let changed = next_chunk(&mut body).await.unwrap().unwrap();
    assert!(changed.contains(r#""type":2"#), "{changed}");
    assert_eq!(api.alice(get("/v2/api-keys")).await.status, 200);
}

#[actix_web::test]
async fn a_large_batch_of_verifications_is_bounded_apart_from_lists() {
    let mut api = TestApi::new().await;
    // Whoever waits for a share does so without taking time.
    tokio::time::pause();
    api.state.large_answers = LargeAnswers::of_bytes(LargeAnswers::SHARE_BYTES);
    let models = vec!["\\".repeat(255); 60];
    let body = json!({"name": "large", "allowed_model_names": models});
    let (_, key) = api.key(body).await;
    let batch = |count: usize| {
        let items = vec![json!({"key": key}); count];
        post("/v2/api-keys/verify", json!({"items": items}))
    };
    let one = api.alice(batch(1)).await.json()["items"][0].clone();
    let open = async |count| api.open(by("alice", batch(count))).await;
    let response = open(16).await;
    let (body, chunks) = read(response.into_body()).await;
    assert!(body.len() > 4 * PIECE_BYTES && chunks > 4);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, json!({"items": vec![one; 16]}));
    let held = open(16).await;
    assert_eq!(held.status(), 200);
    assert!(is_exhausted(&api.alice(batch(16)).await));
    assert_eq!(api.alice(batch(1)).await.status, 200);
    large_keys(&api, 6).await;
    assert_eq!(api.alice(get("/v2/api-keys")).await.status, 200);
    drop(held);
    assert_eq!(api.alice(batch(16)).await.status, 200);
}

#[actix_web::test]
async fn a_page_that_cannot_be_read_to_its_end_is_aborted() {
    let mut api = TestApi::new().await;
    let mut repository = MockApiKeyRepository::new();
    repository.expect_list().returning(|_, _, window| {
        let keys = (1..=1_000).map(|id| fixture::api_key(id, "ci"));
        Ok(window.of(keys.collect()))
    });
    let gone = |_: &[ApiKeyId]| Err(PortError::Unavailable("gone".into()));
    repository.expect_keys().once().returning(gone);
    api.state.keys.api_keys = Arc::new(repository);
    let request = by("alice", get("/v2/api-keys?perPage=1000"));
    let mut body = api.open(request).await.into_body();
    let mut written = String::new();
    let aborted = loop {
        match next_chunk(&mut body).await.unwrap() {
            Ok(chunk) => written.push_str(&chunk),
            Err(aborted) => break aborted,
        }
    };
    assert_eq!(aborted, "the answer broke off");
    assert!(serde_json::from_str::<Value>(&written).is_err());
}
