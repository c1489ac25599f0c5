//! `GET /v2/events`: the record of changes.

use crate::support::{Answer, Stage, delete, get, in_organization, post, put, with_key};
use actix_web::{
    http::{Method, header},
    test::TestRequest,
};
use apikey_domain::{port::event_log::EventLog, timestamp::Timestamp};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

const PATH: &str = "/v2/events";

async fn list(stage: &Stage, query: &str) -> Answer {
    stage.root(get(&format!("{PATH}?{query}"))).await
}

/// The events of a page: what happened to which key, user and principal.
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
async fn an_event_says_what_was_done_when_and_by_whom() {
    let stage = Stage::new().await;
    let (id, _) = stage.key(json!({"name": "ci"})).await;
    let (_, other) = stage.key(json!({"name": "other"})).await;
    let path = format!("/v2/api-keys/{id}");
    stage.world.clock.advance_seconds(60);
    let changes = json!({"description": "for CI"});
    stage.send(with_key(&other, put(&path, changes))).await;
    stage.root(delete(&path)).await;
    let listed = list(&stage, &format!("api_key_id={id}")).await;
    assert_eq!(listed.header(header::CACHE_CONTROL), "no-store");
    let items = &listed.json()["items"];
    let sides = ["before", "after"].map(|side| (&items[0][side], &items[2][side]));
    assert_eq!(
        sides,
        [
            (&Value::Null, &items[1]["after"]),
            (&items[1]["before"], &Value::Null)
        ]
    );
    let by = |user_id| json!({"user_id": user_id, "api_key_id": null});
    assert_eq!((&items[0]["by"], &items[2]["by"]), (&by(2), &by(1)));
    assert_json_snapshot!(items[1], @r#"
    {
      "after": {
        "allowed_model_names": null,
        "created_at": "2026-01-01T00:00:00.000000Z",
        "description": "for CI",
        "expires_at": null,
        "id": 1,
        "is_custom": false,
        "last_used_at": null,
        "masked_value": "gpustack_1715***",
        "name": "ci",
        "scope": [
          "*"
        ],
        "updated_at": "2026-01-01T00:01:00.000000Z",
        "user_name": "alice",
        "value": null
      },
      "api_key_id": 1,
      "at": "2026-01-01T00:01:00.000000Z",
      "before": {
        "allowed_model_names": null,
        "created_at": "2026-01-01T00:00:00.000000Z",
        "description": null,
        "expires_at": null,
        "id": 1,
        "is_custom": false,
        "last_used_at": null,
        "masked_value": "gpustack_1715***",
        "name": "ci",
        "scope": [
          "*"
        ],
        "updated_at": "2026-01-01T00:00:00.000000Z",
        "user_name": "alice",
        "value": null
      },
      "by": {
        "api_key_id": 2,
        "user_id": 2
      },
      "id": "9-9",
      "kind": "api_key.updated",
      "organization_id": 1002,
      "user_id": 2
    }
    "#);
    let services = &list(&stage, "limit=1").await.json()["items"][0];
    assert_eq!(services["kind"], "user.created");
    assert_eq!(services["by"], Value::Null);
}

#[actix_web::test]
async fn things_are_shown_as_other_calls_show_them() {
    let stage = Stage::new().await;
    let end = list(&stage, "").await.json()["next"].clone();
    let body = json!({"username": "carol", "password": "Passw0rd_1"});
    let carol = stage.root(post("/v2/users", body)).await.json();
    let user = format!("/v2/users/{}", carol["id"]);
    let changed = stage
        .root(put(&user, json!({"password": "Passw0rd_2"})))
        .await;
    let body = json!({"name": "Umbrella", "slug": "umbrella"});
    let umbrella = stage.root(post("/v2/organizations", body)).await.json();
    let organization = format!("/v2/organizations/{}", umbrella["id"]);
    let body = json!({"user_id": carol["id"], "role": "user"});
    stage
        .root(post(&format!("{organization}/members"), body))
        .await;
    let member = format!("{organization}/members/{}", carol["id"]);
    stage.root(put(&member, json!({"role": "admin"}))).await;
    stage.root(delete(&organization)).await;

    let page = list(&stage, &format!("after={}", end.as_str().unwrap()))
        .await
        .json();
    let sides = |item: &Value| json!([item["kind"], item["before"], item["after"]]);
    let items = page["items"].as_array().unwrap();
    let items: Vec<_> = items.iter().map(sides).collect();
    let in_role = |role: &str| json!({"organization_id": umbrella["id"], "user_id": carol["id"], "role": role});
    let expected = [
        json!(["user.created", null, carol]),
        json!(["user.password_changed", null, null]),
        json!(["user.updated", carol, changed.json()]),
        json!(["organization.created", null, umbrella]),
        json!(["member.created", null, in_role("user")]),
        json!(["member.updated", in_role("user"), in_role("admin")]),
        json!(["member.deleted", in_role("admin"), null]),
        json!(["organization.deleted", umbrella, null]),
    ];
    assert_eq!(items, expected);
}

#[actix_web::test]
async fn no_secret_is_recorded() {
    let stage = Stage::new().await;
    let brought = "sk-0123456789abcdef";
    let (_, key) = stage.key(json!({"name": "own", "custom": brought})).await;
    assert_eq!(key, brought);
    let (_, generated) = stage.key(json!({"name": "generated"})).await;
    let body = json!({"password": "Passw0rd_2", "current_password": "Passw0rd_1"});
    assert_eq!(stage.alice(put("/v2/users/me", body)).await.status, 200);
    let listed = list(&stage, "").await.body;
    let parts: Vec<_> = generated.split('_').collect();
    for secret in [brought, parts[1], parts[2], "Passw0rd", "plain:"] {
        assert!(!listed.contains(secret), "{secret} in {listed}");
    }
    assert!(listed.contains("user.password_changed"));
}

#[actix_web::test]
async fn a_reader_goes_on_where_a_page_ended() {
    let stage = Stage::new().await;
    let whole = list(&stage, "").await.json();
    assert_eq!(whole["items"].as_array().unwrap().len(), 6);
    let (mut after, mut read) = (String::from("0-0"), Vec::new());
    loop {
        let page = list(&stage, &format!("limit=4&after={after}")).await.json();
        read.extend(shown(&page));
        after = page["next"].as_str().unwrap().to_owned();
        assert_eq!(page["is_complete"], true);
        if page["has_more"] == false {
            break;
        }
        assert_eq!(page["items"].as_array().unwrap().len(), 4);
    }
    assert_eq!(read, shown(&whole));
    let nothing = list(&stage, &format!("after={after}")).await.json();
    let expected = json!({
        "items": [], "next": after, "has_more": false, "oldest": "0-0", "is_complete": true,
    });
    assert_eq!(nothing, expected);
    stage.key(json!({"name": "ci"})).await;
    let news = list(&stage, &format!("after={after}")).await.json();
    let (alice, own) = (stage.alice.id, stage.alice.principal_id);
    assert_eq!(shown(&news), [format!("api_key.created 1 {alice} {own}")]);
}

#[actix_web::test]
async fn who_comes_too_late_or_too_early_is_told_that_some_are_missing() {
    let stage = Stage::new().await;
    let pruned = stage.world.memory.prune_events(Timestamp::MAX, 2).await;
    assert_eq!(pruned.unwrap(), 2);
    for (after, is_complete, count) in [
        ("0-0", false, 4),
        ("1-1", false, 4),
        ("2-2", true, 4),
        ("3-3", true, 3),
        ("1000-0", false, 0),
    ] {
        let page = list(&stage, &format!("after={after}")).await.json();
        assert_eq!(page["is_complete"], is_complete, "{after}");
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{after}");
        assert_eq!(page["oldest"], "2-2");
        assert_eq!(page["next"], "7-0");
    }
}

#[actix_web::test]
async fn events_are_looked_for_by_what_they_are_about() {
    let stage = Stage::new().await;
    stage.world.clock.advance_seconds(60);
    let acme = stage.acme.id.to_string();
    let create = in_organization(&acme, post("/v2/api-keys", json!({"name": "ci"})));
    assert_eq!(stage.bob(create).await.status, 200);
    stage.key(json!({"name": "own"})).await;
    let (bob, alice) = (&stage.bob, &stage.alice);
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
        assert_eq!(
            shown(&list(&stage, query).await.json()),
            expected,
            "{query}"
        );
    }
}

#[actix_web::test]
async fn only_platform_admins_read_the_record() {
    let stage = Stage::new().await;
    let path = format!("{PATH}?limit=x");
    assert_eq!(stage.send(get(&path)).await.status, 401);
    let refused = stage.alice(get(&path)).await;
    assert_eq!(
        refused.refusal(),
        "403 Forbidden: Only a platform admin may do this"
    );
    let acme = stage.acme.id.to_string();
    let create = in_organization(&acme, post("/v2/api-keys", json!({"name": "team"})));
    let created = stage.root(create).await.json();
    let refused = stage.send(with_key(created["value"].as_str().unwrap(), get(&path)));
    assert_eq!(
        refused.await.refusal(),
        "403 Forbidden: API key acts for another principal and may not do this"
    );
    let own = stage
        .root(post("/v2/api-keys", json!({"name": "own"})))
        .await
        .json();
    let listed = stage.send(with_key(own["value"].as_str().unwrap(), get(PATH)));
    assert_eq!(listed.await.status, 200);
    for method in [Method::HEAD, Method::POST, Method::DELETE] {
        let refused = stage.root(TestRequest::with_uri(PATH).method(method)).await;
        assert_eq!(
            refused.refusal(),
            "405 MethodNotAllowed: Only GET may be used here"
        );
    }
}

#[actix_web::test]
async fn queries_are_refused_with_the_place_and_the_rule() {
    let stage = Stage::new().await;
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
        let refused = list(&stage, query).await.refusal();
        assert_eq!(refused, format!("422 Invalid: {expected}"), "{query}");
    }
    let refused = list(&stage, "kind=api_key.renamed").await.refusal();
    assert!(refused.starts_with("422 Invalid: kind must be one of api_key.created, "));
}
