//! `page=-1`: all keys in one page, in constant memory.

use crate::support::{TestApi, by, get, next_chunk};
use apikey_domain::{
    error::PortError,
    key::place::Place,
    listing::Piece,
    port::api_key_repository::{KeyBatch, MockApiKeyRepository},
    testing::fixture,
    use_case::keys::list_api_keys::AllApiKeys,
};
use serde_json::json;
use std::sync::Arc;

/// Returns a repository with `count` full batches, followed by the result of `end`.
fn batches(count: usize, end: fn() -> Result<(), PortError>) -> Arc<MockApiKeyRepository> {
    let mut repository = MockApiKeyRepository::new();
    let mut returned = 0;
    repository
        .expect_list_after()
        .returning(move |_, order, _, limit| {
            returned += 1;
            if returned > count {
                return end().map(|()| KeyBatch {
                    piece: Piece::of(Vec::new()),
                    next: None,
                });
            }
            let key = |number| fixture::api_key(i64::from(number), "ci");
            Ok(KeyBatch {
                piece: Piece::of((0..limit).map(key).collect()),
                next: Some(Place::of(&key(limit - 1), order)),
            })
        });
    Arc::new(repository)
}

#[actix_web::test]
async fn all_keys_come_in_one_page_with_their_count() {
    let api = TestApi::new().await;
    let empty = api.alice(get("/v2/api-keys?page=-1&perPage=2")).await;
    assert_eq!(
        empty.body,
        r#"{"items":[],"pagination":{"page":-1,"perPage":2,"total":0,"totalPage":0}}"#
    );
    for name in ["a", "b", "c"] {
        api.key(json!({"name": name})).await;
    }
    let path = "/v2/api-keys?page=-1&perPage=2&sort_by=name";
    let all = api.alice(get(path)).await;
    assert_eq!(all.names(), ["a", "b", "c"]);
    assert_eq!(
        all.json()["pagination"],
        json!({"page": -1, "perPage": 2, "total": 3, "totalPage": 2})
    );
}

#[actix_web::test]
async fn a_list_of_many_batches_is_written_in_chunks() {
    let mut api = TestApi::new().await;
    api.state.keys.api_keys = batches(3, || Ok(()));
    let request = by("alice", get("/v2/api-keys?page=-1"));
    let mut body = api.open(request).await.into_body();
    let mut whole = String::new();
    let mut chunks = 0;
    while let Some(chunk) = next_chunk(&mut body).await {
        whole.push_str(&chunk.unwrap());
        chunks += 1;
    }
    // A batch of these keys has more than 32 KiB, and less than 64.
    assert_eq!(chunks, 7, "the last one ends the list");
    let whole: serde_json::Value = serde_json::from_str(&whole).unwrap();
    let expected = 3 * AllApiKeys::BATCH;
    assert_eq!(whole["items"].as_array().unwrap().len(), expected as usize);
    assert_eq!(whole["pagination"]["total"], expected);
    assert_eq!(whole["pagination"]["totalPage"], expected.div_ceil(100));
}

#[actix_web::test]
async fn a_list_that_cannot_be_read_to_its_end_is_aborted() {
    let mut api = TestApi::new().await;
    api.state.keys.api_keys = batches(2, || Err(PortError::Unavailable("gone".into())));
    let request = by("alice", get("/v2/api-keys?page=-1"));
    let mut body = api.open(request).await.into_body();
    for _ in 0..4 {
        assert!(next_chunk(&mut body).await.unwrap().is_ok());
    }
    let aborted = next_chunk(&mut body).await.unwrap();
    assert_eq!(aborted, Err("the answer broke off".to_owned()));
}

#[actix_web::test]
async fn a_list_that_cannot_be_read_at_all_is_refused() {
    let mut api = TestApi::new().await;
    api.state.keys.api_keys = batches(0, || Err(PortError::Unavailable("gone".into())));
    let refused = api.alice(get("/v2/api-keys?page=-1")).await;
    assert_eq!(refused.status, 503);
}
