//! Lists of keys with `status`, `expires_before`, `unused_since` and `metadata`.

use crate::support::{TestApi, get, patch, post};
use apikey_domain::{
    identifier::ApiKeyId,
    listing::TooBroad,
    port::api_key_repository::{ApiKeyRepository, MockApiKeyRepository},
};
use serde_json::json;
use std::sync::Arc;

/// Makes keys of each status for alice.
async fn with_keys() -> TestApi {
    let api = TestApi::new().await;
    for (name, expires_in, team) in [
        ("active", None, "search"),
        ("expiring", Some(3_600), "search"),
        ("disabled", Some(7_200), "a b"),
        ("revoked", None, ""),
        ("expired", Some(1), "search"),
    ] {
        let metadata = json!({"team": team, "stage": "test"});
        let key = json!({"name": name, "expires_in": expires_in, "metadata": metadata});
        api.key(key).await;
    }
    let disabled = patch("/v2/api-keys/3", json!({"disabled": true}));
    assert_eq!(api.alice(disabled).await.status, 200);
    let revoke = post("/v2/api-keys/4/revoke", json!({"reason": "other"}));
    assert_eq!(api.alice(revoke).await.status, 200);
    api.app.clock.advance_seconds(60);
    api
}

async fn names(api: &TestApi, query: &str) -> Vec<String> {
    let path = format!("/v2/api-keys?sort_by=created_at&{query}");
    let list = api.alice(get(&path)).await;
    assert_eq!(list.status, 200, "{query}: {}", list.body);
    let names = list.names();
    let total = &list.json()["pagination"]["total"];
    assert_eq!(*total, json!(names.len()), "{query}");
    names
}

/// Returns an instant so many seconds from now, as a query has it.
fn instant(api: &TestApi, seconds: i64) -> String {
    let now = apikey_domain::port::clock::Clock::now(&*api.app.clock);
    now.plus_seconds(seconds).unwrap().to_rfc3339()
}

#[actix_web::test]
async fn a_list_shows_keys_that_are_as_its_query_says() {
    let api = with_keys().await;
    let used = instant(&api, 30);
    let at = apikey_domain::port::clock::Clock::now(&*api.app.clock);
    let later = at.plus_seconds(30).unwrap();
    let recorded = api.app.memory.record_uses(&[ApiKeyId(1)], later).await;
    recorded.unwrap();
    let (soon, late) = (instant(&api, 3_600), instant(&api, 86_400));
    let table: Vec<(String, Vec<&str>)> = vec![
        ("status=active".into(), vec!["active", "expiring"]),
        ("status=disabled".into(), vec!["disabled"]),
        ("status=revoked".into(), vec!["revoked"]),
        ("status=expired".into(), vec!["expired"]),
        ("status=active&status=expired".into(), vec!["expired"]),
        (
            format!("expires_before={soon}"),
            vec!["expiring", "expired"],
        ),
        (
            format!("expires_before={late}"),
            vec!["expiring", "disabled", "expired"],
        ),
        (
            format!("expires_before={late}&status=disabled"),
            vec!["disabled"],
        ),
        (
            format!("unused_since={used}"),
            vec!["expiring", "disabled", "revoked", "expired"],
        ),
        (format!("unused_since={}", instant(&api, -60)), vec![]),
        (
            "metadata.team=search".into(),
            vec!["active", "expiring", "expired"],
        ),
        ("metadata.team=a+b".into(), vec!["disabled"]),
        (
            "metadata.team=a%20b&metadata.stage=test".into(),
            vec!["disabled"],
        ),
        ("metadata.team=".into(), vec!["revoked"]),
        ("metadata.team=Search".into(), vec![]),
        ("metadata.team=x&metadata.team=a+b".into(), vec!["disabled"]),
        ("metadata.other=search".into(), vec![]),
        (
            "metadata.team=search&status=active&search=EXP".into(),
            vec!["expiring"],
        ),
        ("status=active&page=-1".into(), vec!["active", "expiring"]),
    ];
    for (query, expected) in table {
        assert_eq!(names(&api, &query).await, expected, "{query}");
    }
}

#[actix_web::test]
async fn a_status_that_is_asked_for_is_the_one_that_is_shown() {
    let api = with_keys().await;
    for status in ["active", "disabled", "revoked", "expired"] {
        for rest in ["", "&page=-1", "&cursor="] {
            let path = format!("/v2/api-keys?status={status}{rest}");
            let list = api.alice(get(&path)).await.json();
            let items = list["items"].as_array().unwrap();
            assert!(!items.is_empty());
            assert!(items.iter().all(|key| key["status"] == status), "{path}");
        }
    }
}

#[actix_web::test]
async fn what_is_no_condition_is_refused() {
    let api = with_keys().await;
    let many: String = (0..9)
        .map(|number| format!("metadata.{number}=&"))
        .collect();
    for query in [
        "status=",
        "status=Active",
        "status=active,expired",
        "expires_before=tomorrow",
        "expires_before=",
        "unused_since=2026-01-01",
        "metadata.=x",
        "metadata.%00=x",
        "metadata.a=%00",
        "metadata.a=%ff",
        "metadata.%20=x",
        &many,
        "Status=active",
        "stats=active",
        "status[]=active",
        "expire_before=2026-01-01T00:00:00Z",
        "expires-before=2026-01-01T00:00:00Z",
        "unusedSince=2026-01-01T00:00:00Z",
        "metadata=x",
        "metadata[team]=search",
        "Metadata.team=search",
        "metadata.team",
        "status=active&watch=true",
        "expires_before=2026-01-01T00:00:00Z&watch=true",
        "unused_since=2026-01-01T00:00:00Z&watch=true",
        "metadata.team=search&watch=true",
    ] {
        let refused = api.alice(get(&format!("/v2/api-keys?{query}"))).await;
        assert_eq!(refused.status, 422, "{query}: {}", refused.body);
    }
    let watch = api.alice(get("/v2/api-keys?status=active&watch=1")).await;
    assert_eq!(
        watch.json()["message"],
        "query.status: not together with watch"
    );
    let name = api.alice(get("/v2/api-keys?expire_before=1")).await;
    let meant = "query: unknown parameter, did you mean 'expires_before='?";
    assert_eq!(name.json()["message"], meant);
    let name = api.alice(get("/v2/api-keys?metadata[a]=1")).await;
    let meant = "query: unknown parameter, did you mean 'metadata.{name}='?";
    assert_eq!(name.json()["message"], meant);
    for query in [
        "metadata.status=x",
        "metadata.metadata=x",
        "state=x",
        "other=",
    ] {
        let list = api.alice(get(&format!("/v2/api-keys?{query}"))).await;
        assert_eq!(list.status, 200, "{query}");
    }
}

#[actix_web::test]
async fn a_cursor_is_good_for_its_conditions_alone() {
    let api = with_keys().await;
    let path = "/v2/api-keys?sort_by=name&perPage=1&status=active";
    let first = api.alice(get(&format!("{path}&cursor="))).await;
    assert_eq!(first.names(), ["active"]);
    let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
    // Also at a later instant.
    api.app.clock.advance_seconds(60);
    let second = api.alice(get(&format!("{path}&cursor={cursor}"))).await;
    assert_eq!(second.names(), ["expiring"]);
    assert_eq!(second.json()["pagination"]["total"], 2);
    for other in ["", "&status=expired", "&status=active&metadata.team=search"] {
        let path = format!("/v2/api-keys?sort_by=name&perPage=1{other}&cursor={cursor}");
        assert_eq!(api.alice(get(&path)).await.status, 422, "{other}");
    }
}

#[actix_web::test]
async fn a_search_finds_a_hint() {
    let api = with_keys().await;
    let key = api.alice(get("/v2/api-keys/1")).await.json();
    let hint = key["hint"].as_str().unwrap();
    for hint in [hint.to_owned(), hint.to_uppercase()] {
        let found = names(&api, &format!("search={hint}")).await;
        assert!(found.contains(&"active".to_owned()), "{hint}");
    }
}

#[actix_web::test]
async fn conditions_that_would_read_too_much_say_what_to_narrow() {
    let mut api = TestApi::new().await;
    for (too_broad, message) in [
        (
            TooBroad::CommonConditions {
                names: 100_000,
                candidates: 10_000,
            },
            "status, expires_before, unused_since or metadata must leave fewer keys, or the list \
             be narrowed by search, user_id or X-Organization-Id: there are more than 100000 \
             keys, and more than 10000 may be like this",
        ),
        (
            TooBroad::FarPage { reachable: 10_000 },
            "query.page: must lie within the first 10000 keys of a list of so many that are like \
             this; go on with a cursor",
        ),
    ] {
        let mut repository = MockApiKeyRepository::new();
        repository
            .expect_list()
            .returning(move |_, _, _| Err(too_broad.into()));
        api.state.keys.api_keys = Arc::new(repository);
        let refused = api.alice(get("/v2/api-keys?status=active")).await;
        assert_eq!(refused.status, 422);
        assert_eq!(refused.json()["message"], message);
    }
}
