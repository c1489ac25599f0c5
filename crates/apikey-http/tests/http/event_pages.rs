//! `GET /v2/events`: filters and pages.

use crate::{
    events::list,
    support::{TestApi, in_organization, post},
};
use apikey_domain::{
    change::{Position, cutoff::Cutoff},
    port::event_log::EventLog,
};
use serde_json::{Value, json};

/// Returns the events of a page, each as its kind, key, user and principal.
fn shown(page: &Value) -> Vec<String> {
    let show = |item: &Value| {
        let about = ["api_key_id", "user_id", "organization_id"].map(|name| &item[name]);
        let [key, user, principal] = about;
        format!(
            "{} {key} {user} {principal}",
            item["kind"].as_str().unwrap()
        )
    };
    page["items"].as_array().unwrap().iter().map(show).collect()
}

#[actix_web::test]
async fn a_reader_continues_after_a_page() {
    let api = TestApi::new().await;
    let whole = list(&api, "").await.json();
    assert_eq!(whole["items"].as_array().unwrap().len(), 6);
    let (mut after, mut read) = (String::from("0-0"), Vec::new());
    loop {
        let page = list(&api, &format!("limit=4&after={after}")).await.json();
        read.extend(shown(&page));
        after = page["next"].as_str().unwrap().to_owned();
        assert_eq!(page["is_complete"], true);
        if page["has_more"] == false {
            break;
        }
        assert_eq!(page["items"].as_array().unwrap().len(), 4);
    }
    assert_eq!(read, shown(&whole));
    let nothing = list(&api, &format!("after={after}")).await.json();
    let expected = json!({
        "items": [], "next": after, "has_more": false, "oldest": "0-0", "is_complete": true,
    });
    assert_eq!(nothing, expected);
    api.key(json!({"name": "ci"})).await;
    let news = list(&api, &format!("after={after}")).await.json();
    let (alice, own) = (api.alice.id, api.alice.principal_id);
    assert_eq!(shown(&news), [format!("api_key.created 1 {alice} {own}")]);
}

#[actix_web::test]
async fn a_position_out_of_range_is_reported_as_incomplete() {
    let api = TestApi::new().await;
    let pruned = api
        .app
        .memory
        .prune_events(Cutoff::EVERYTHING, Position::START, 2)
        .await;
    assert_eq!(pruned.unwrap().events, 2);
    for (after, is_complete, count) in [
        ("0-0", false, 4),
        ("1-1", false, 4),
        ("2-2", true, 4),
        ("3-3", true, 3),
        ("1000-0", false, 0),
    ] {
        let page = list(&api, &format!("after={after}")).await.json();
        assert_eq!(page["is_complete"], is_complete, "{after}");
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{after}");
        assert_eq!(page["oldest"], "2-2");
        assert_eq!(page["next"], "6-6");
    }
}

#[actix_web::test]
async fn events_are_filtered_by_resource_kind_and_time() {
    let api = TestApi::new().await;
    api.app.clock.advance_seconds(60);
    let acme = api.acme.id.to_string();
    let create = in_organization(&acme, post("/v2/api-keys", json!({"name": "ci"})));
    assert_eq!(api.bob(create).await.status, 200);
    api.key(json!({"name": "own"})).await;
    let (bob, alice) = (&api.bob, &api.alice);
    let key = format!("api_key.created 1 {} {acme}", bob.id);
    let own = format!("api_key.created 2 {} {}", alice.id, alice.principal_id);
    let created = format!("user.created null {} {}", bob.id, bob.principal_id);
    let joined = format!("member.created null {} {acme}", bob.id);
    let table: [(&str, &[&str]); 8] = [
        ("api_key_id=1", &[&key]),
        ("user_id=3", &[&created, &joined, &key]),
        ("organization_id=1004&user_id=3", &[&joined, &key]),
        ("kind=api_key.created", &[&key, &own]),
        ("since=2026-01-01T00:01:00Z&user_id=3", &[&key]),
        (
            "until=2026-01-01T01:01:00%2B01:00&user_id=3",
            &[&created, &joined],
        ),
        ("since=2026-01-01T00:01:00.000001Z", &[]),
        ("user_id=99&unknown=%ff", &[]),
    ];
    for (query, expected) in table {
        assert_eq!(shown(&list(&api, query).await.json()), expected, "{query}");
    }
}

#[actix_web::test]
async fn queries_are_refused_with_the_place_and_the_rule() {
    let api = TestApi::new().await;
    let position = "query.after: must be a position, as in 812-5";
    let limit = "limit must be 1 to 1000";
    let instant = "must be an instant, as in 2026-01-31T23:59:59Z";
    let table = [
        ("after=", position.to_owned()),
        ("after=7", position.to_owned()),
        ("after=resync", position.to_owned()),
        ("after=-1-1", position.to_owned()),
        ("after=9223372036854775808-1", position.to_owned()),
        ("limit=0", limit.to_owned()),
        ("limit=-1", limit.to_owned()),
        ("limit=1001", limit.to_owned()),
        ("limit=4294967297", limit.to_owned()),
        (
            "limit=x",
            "query.limit: must be an integer of 64 bits".to_owned(),
        ),
        (
            "api_key_id=x",
            "query.api_key_id: must be an integer of 64 bits".to_owned(),
        ),
        (
            "user_id=*",
            "query.user_id: must be an integer of 64 bits".to_owned(),
        ),
        (
            "organization_id=",
            "query.organization_id: must be an integer of 64 bits".to_owned(),
        ),
        ("since=yesterday", format!("query.since: {instant}")),
        ("until=2026-01-01", format!("query.until: {instant}")),
        ("until=%ff", "query.until: must be UTF-8".to_owned()),
    ];
    for (query, expected) in table {
        let refused = list(&api, query).await.refusal();
        assert_eq!(refused, format!("422 Invalid: {expected}"), "{query}");
    }
    let refused = list(&api, "kind=api_key.renamed").await.refusal();
    assert!(refused.starts_with("422 Invalid: kind must be one of api_key.created, "));
}
