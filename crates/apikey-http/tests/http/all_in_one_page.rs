//! `page=-1`: all keys in one page, in constant memory.

use crate::support::{TestApi, by, get, next_piece};
use apikey_domain::{
    error::PortError, port::api_key_repository::MockApiKeyRepository, testing::fixture,
    use_case::keys::list_api_keys::AllApiKeys,
};
use serde_json::json;
use std::sync::Arc;

/// A repository that gives so many whole batches and then what `end` says.
fn batches(count: usize, end: fn() -> Result<(), PortError>) -> Arc<MockApiKeyRepository> {
    let mut repository = MockApiKeyRepository::new();
    let mut given = 0;
    repository
        .expect_list_after()
        .returning(move |_, _, _, limit| {
            given += 1;
            if given > count {
                return end().map(|()| Vec::new());
            }
            let key = |number| fixture::api_key(i64::from(number), "ci");
            Ok((0..limit).map(key).collect())
        });
    Arc::new(repository)
}

#[actix_web::test]
async fn all_keys_come_in_one_page_with_their_count() {
    let stage = TestApi::new().await;
    let empty = stage.alice(get("/v2/api-keys?page=-1&perPage=2")).await;
    assert_eq!(
        empty.body,
        r#"{"items":[],"pagination":{"page":-1,"perPage":2,"total":0,"totalPage":0}}"#
    );
    for name in ["a", "b", "c"] {
        stage.key(json!({"name": name})).await;
    }
    let path = "/v2/api-keys?page=-1&perPage=2&sort_by=name";
    let all = stage.alice(get(path)).await;
    assert_eq!(all.names(), ["a", "b", "c"]);
    assert_eq!(
        all.json()["pagination"],
        json!({"page": -1, "perPage": 2, "total": 3, "totalPage": 2})
    );
}

#[actix_web::test]
async fn a_list_of_many_stretches_is_written_piece_by_piece() {
    let mut stage = TestApi::new().await;
    stage.api.keys.api_keys = batches(3, || Ok(()));
    let request = by("alice", get("/v2/api-keys?page=-1"));
    let mut body = stage.open(request).await.into_body();
    let mut whole = String::new();
    let mut pieces = 0;
    while let Some(piece) = next_piece(&mut body).await {
        whole.push_str(&piece.unwrap());
        pieces += 1;
    }
    assert_eq!(pieces, 4);
    let whole: serde_json::Value = serde_json::from_str(&whole).unwrap();
    let expected = 3 * AllApiKeys::BATCH;
    assert_eq!(whole["items"].as_array().unwrap().len(), expected as usize);
    assert_eq!(whole["pagination"]["total"], expected);
    assert_eq!(whole["pagination"]["totalPage"], expected.div_ceil(100));
}

#[actix_web::test]
async fn a_list_that_cannot_be_read_to_its_end_breaks_off() {
    let mut stage = TestApi::new().await;
    stage.api.keys.api_keys = batches(2, || Err(PortError::Unavailable("gone".into())));
    let request = by("alice", get("/v2/api-keys?page=-1"));
    let mut body = stage.open(request).await.into_body();
    assert!(next_piece(&mut body).await.unwrap().is_ok());
    assert!(next_piece(&mut body).await.unwrap().is_ok());
    let broken = next_piece(&mut body).await.unwrap();
    assert_eq!(broken, Err("the answer broke off".to_owned()));
}

#[actix_web::test]
async fn a_list_that_cannot_be_read_at_all_is_refused_as_any_other() {
    let mut stage = TestApi::new().await;
    stage.api.keys.api_keys = batches(0, || Err(PortError::Unavailable("gone".into())));
    let refused = stage.alice(get("/v2/api-keys?page=-1")).await;
    assert_eq!(refused.status, 503);
}
