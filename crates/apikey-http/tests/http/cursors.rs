//! `cursor`: walking through a list.

use crate::support::{TestApi, delete, get, in_organization};
use serde_json::{Value, json};

const REFUSED: &str = "cursor must be one that this list returned, in the same order, with the \
                       same search and conditions and for the same user and organization; begin anew with cursor=";

async fn with_keys(names: &[&str]) -> TestApi {
    let api = TestApi::new().await;
    for name in names {
        api.key(json!({"name": name})).await;
    }
    api
}

/// Returns the cursor that alice gets for the second page by name.
async fn cursor(api: &TestApi) -> String {
    let path = "/v2/api-keys?cursor=&perPage=1&sort_by=name";
    let first = api.alice(get(path)).await.json();
    first["next_cursor"].as_str().unwrap().to_owned()
}

fn by_name(cursor: &str) -> String {
    format!("/v2/api-keys?sort_by=name&perPage=1&cursor={cursor}")
}

#[actix_web::test]
async fn a_walk_begins_with_an_empty_cursor_and_ends_with_none() {
    let api = with_keys(&["a", "b", "c"]).await;
    let path = "/v2/api-keys?cursor=&perPage=2&sort_by=-name";
    let first = api.alice(get(path)).await;
    assert_eq!(first.names(), ["c", "b"]);
    let end = r#""pagination":{"page":null,"perPage":2,"total":3,"totalPage":2},"next_cursor":""#;
    assert!(first.body.contains(end), "{}", first.body);

    let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
    let path = format!("/v2/api-keys?cursor={cursor}&perPage=2&sort_by=-name");
    let second = api.alice(get(&path)).await;
    assert_eq!(second.names(), ["a"]);
    assert_eq!(second.json()["next_cursor"], Value::Null);
    assert_eq!(second.json()["pagination"]["total"], 3);

    let whole = api.alice(get("/v2/api-keys?cursor=&perPage=3")).await;
    assert_eq!(whole.json()["next_cursor"], Value::Null);
    let usual = api.alice(get("/v2/api-keys?perPage=2")).await.json();
    assert_eq!(usual.get("next_cursor"), None);
}

#[actix_web::test]
async fn a_walk_goes_on_after_a_key_that_is_gone() {
    let api = with_keys(&["a", "b", "c"]).await;
    let cursor = cursor(&api).await;
    assert_eq!(api.alice(delete("/v2/api-keys/1")).await.status, 200);
    let next = api.alice(get(&by_name(&cursor))).await;
    assert_eq!(next.names(), ["b"]);
}

#[actix_web::test]
async fn a_cursor_is_refused_if_any_bit_of_it_changes() {
    let api = with_keys(&["a", "b"]).await;
    let cursor = cursor(&api).await;
    assert_eq!(api.alice(get(&by_name(&cursor))).await.names(), ["b"]);
    for (place, byte) in cursor.bytes().enumerate() {
        for bit in 0..8 {
            let mut changed = cursor.clone().into_bytes();
            changed[place] = byte ^ (1 << bit);
            let encoded: String = changed.iter().map(|byte| format!("%{byte:02X}")).collect();
            let refused = api.alice(get(&by_name(&encoded))).await;
            assert_eq!(refused.status, 422, "bit {bit} of {place}");
        }
    }
    let refused = api.alice(get(&by_name("nonsense"))).await;
    assert_eq!(refused.json()["message"], REFUSED);
}

#[actix_web::test]
async fn a_cursor_is_refused_for_another_list() {
    let api = with_keys(&["a", "b"]).await;
    let cursor = cursor(&api).await;
    let path = by_name(&cursor);
    for other in [
        path.replace("sort_by=name", "sort_by=-name"),
        path.replace("sort_by=name", "sort_by=created_at"),
        format!("{path}&search=a"),
    ] {
        let refused = api.alice(get(&other)).await;
        assert_eq!(refused.json()["message"], REFUSED, "{other}");
    }
    let acme = in_organization(&api.acme.id.0.to_string(), get(&path));
    assert_eq!(api.alice(acme).await.json()["message"], REFUSED);
    assert_eq!(api.bob(get(&path)).await.json()["message"], REFUSED);
    let hers = format!("{path}&user_id={}", api.alice.id);
    assert_eq!(api.root(get(&hers)).await.json()["message"], REFUSED);
    // Neither how many keys are asked for nor a parameter that is ignored matters.
    let same = path.replace("perPage=1", "perPage=30&user_id=7");
    assert_eq!(api.alice(get(&same)).await.names(), ["b"]);
}

#[actix_web::test]
async fn a_cursor_goes_with_no_page() {
    let api = with_keys(&["a"]).await;
    for page in ["1", "-1", ""] {
        let path = format!("/v2/api-keys?cursor=&page={page}");
        assert_eq!(api.alice(get(&path)).await.status, 422, "{page}");
    }
    let refused = api.alice(get("/v2/api-keys?cursor=&page=1")).await.json();
    assert_eq!(refused["message"], "query.page: not together with cursor");
    for path in [
        "/v2/api-keys?cursor=&perPage=0",
        "/v2/api-keys?cursor=x&watch=true",
    ] {
        assert_eq!(api.alice(get(path)).await.status, 422, "{path}");
    }
}
