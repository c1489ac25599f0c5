//! Changes of a key on the condition that it is as it was read, and changes that are only
//! tried.

use crate::support::{TestApi, get, patch, post, with_key};
use actix_web::{http::header, test::TestRequest};
use serde_json::{Value, json};

fn if_match(tags: &str, request: TestRequest) -> TestRequest {
    request.insert_header((header::IF_MATCH, tags))
}

const STALE: &str = "412 PreconditionFailed: It has changed since it was read: read it again";

#[actix_web::test]
async fn a_change_is_made_if_the_key_has_one_of_the_tags() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let first = api.alice(get(&path)).await.header("etag").to_owned();
    let describe = |text: &str| patch(&path, json!({"description": text}));
    let changed = api.alice(if_match(&first, describe("a"))).await;
    assert_eq!(changed.status, 200);
    let second = changed.header("etag").to_owned();
    assert_ne!(first, second);
    for tags in [&first, "\"\"", "\"x\", \"y\"", &format!("W/{second}")] {
        let refused = api.alice(if_match(tags, describe("b"))).await;
        assert_eq!(refused.refusal(), STALE, "{tags}");
    }
    assert_eq!(api.alice(get(&path)).await.json()["description"], "a");
    let several = format!("{first},W/\"x\", {second} ");
    assert_eq!(
        api.alice(if_match(&several, describe("c"))).await.status,
        200
    );
    assert_eq!(api.alice(if_match("*", describe("d"))).await.status, 200);
    let third = api.alice(get(&path)).await.header("etag").to_owned();
    let lines = describe("e").append_header((header::IF_MATCH, first));
    let lines = lines.append_header((header::IF_MATCH, third));
    assert_eq!(api.alice(lines).await.status, 200, "two lines are one list");
    assert_eq!(api.alice(get(&path)).await.json()["description"], "e");
}

#[actix_web::test]
async fn a_condition_that_is_none_is_400_and_changes_nothing() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let tag = api.alice(get(&path)).await.header("etag").to_owned();
    let bare = tag.trim_matches('"').to_owned();
    for tags in [
        "",
        " ",
        ",",
        "x",
        &bare,
        "*, *",
        &format!("{tag}, x"),
        &format!("*,{tag}"),
    ] {
        let request = if_match(tags, patch(&path, json!({"disabled": true})));
        assert_eq!(
            api.alice(request).await.refusal(),
            "400 BadRequest: If-Match must be * or entity tags in quotation marks",
            "{tags}"
        );
    }
    assert_eq!(api.alice(get(&path)).await.json()["status"], "active");
}

#[actix_web::test]
async fn each_change_has_a_tag_of_its_own_and_a_use_has_none() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci", "expires_in": 60})).await;
    let path = format!("/v2/api-keys/{id}");
    let tag = async || api.alice(get(&path)).await.header("etag").to_owned();
    let mut tags = vec![tag().await];
    for body in [
        json!({"name": "other"}),
        json!({"description": "x"}),
        json!({"scope": ["inference"]}),
        json!({"allowed_model_names": ["m"]}),
        json!({"expires_at": "2027-01-01T00:00:00Z"}),
        json!({"metadata": {"a": "b"}}),
        json!({"disabled": true}),
        json!({"disabled": false, "metadata": {"a": "c"}}),
    ] {
        let changed = api.alice(patch(&path, body.clone())).await;
        assert_eq!(changed.header("etag"), tag().await, "{body}");
        assert!(!tags.contains(&tag().await), "{body}");
        tags.push(tag().await);
    }
    let verify = get("/auth/verify").insert_header(("x-model", "m"));
    assert_eq!(api.send(with_key(&key, verify)).await.status, 200);
    assert_eq!(Some(&tag().await), tags.last(), "a use is no change");
    let revoke = post(&format!("{path}/revoke"), json!({"reason": "unused"}));
    let revoked = api.alice(revoke).await;
    assert_eq!(revoked.header("etag"), tag().await);
    assert!(!tags.contains(&tag().await));
}

#[actix_web::test]
async fn a_key_that_expired_since_it_was_read_has_another_tag() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci", "expires_in": 60})).await;
    let path = format!("/v2/api-keys/{id}");
    let tag = api.alice(get(&path)).await.header("etag").to_owned();
    api.app.clock.advance_seconds(60);
    let revive = patch(&path, json!({"expires_at": null}));
    assert_eq!(api.alice(if_match(&tag, revive)).await.refusal(), STALE);
}

#[actix_web::test]
async fn what_is_only_tried_shows_the_result_and_changes_nothing() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci"})).await;
    api.key(json!({"name": "taken"})).await;
    let path = format!("/v2/api-keys/{id}");
    let before = api.alice(get(&path)).await;
    let end = api.root(get("/v2/events")).await.json()["next"].clone();
    let attempt = |query: &str, body: Value| patch(&format!("{path}?{query}"), body);
    let all = json!({"name": "other", "disabled": true, "metadata": {"a": "b"}});
    for query in ["dry_run=true", "dry_run=1", "dry_run=no&dry_run=yes"] {
        let tried = api.alice(attempt(query, all.clone())).await;
        let shown = tried.json();
        assert_eq!(tried.status, 200, "{query}");
        assert_eq!(shown["status"], "disabled", "{query}");
        assert_eq!(shown["name"], "other");
        assert_eq!(shown["metadata"], json!({"a": "b"}));
        assert_eq!(tried.header("etag"), "", "no key is like this");
    }
    for (body, refusal) in [
        (
            json!({"name": "taken"}),
            "409 AlreadyExists: Api key taken already exists",
        ),
        (
            json!({"expires_at": "2025-01-01T00:00:00Z"}),
            "422 Invalid: ",
        ),
        (json!({"disable": true}), "422 Invalid: body.disable: "),
    ] {
        let refused = api.alice(attempt("dry_run=true", body)).await.refusal();
        assert!(refused.starts_with(refusal), "{refused}");
    }
    let conditional = if_match("\"x\"", attempt("dry_run=true", all.clone()));
    assert_eq!(api.alice(conditional).await.refusal(), STALE);
    let unchanged = api.alice(get(&path)).await;
    assert_eq!(unchanged.body, before.body);
    assert_eq!(unchanged.header("etag"), before.header("etag"));
    let verified = api.send(with_key(&key, get("/auth/verify"))).await;
    assert_eq!(verified.status, 200);
    let events = api.root(get("/v2/events")).await.json();
    assert_eq!(events["next"], end);
    let done = api.alice(attempt("dry_run=false", all)).await.json();
    assert_eq!(done["status"], "disabled");
}

#[actix_web::test]
async fn a_trial_that_is_misspelled_is_refused_instead_of_done() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    for query in [
        "dryrun=true",
        "dry-run=true",
        "dryRun=true",
        "DRY_RUN=true",
        "dry_run",
        "dry_run=",
        "dry_run=maybe",
        "dry_run=true&Dry_Run=true",
    ] {
        let body = json!({"disabled": true});
        let refused = api.alice(patch(&format!("{path}?{query}"), body)).await;
        assert_eq!(refused.status, 422, "{query}");
        let body = json!({"reason": "unused"});
        let refused = api.alice(post(&format!("{path}/revoke?{query}"), body));
        assert_eq!(refused.await.status, 422, "{query}");
    }
    let body = json!({"reason": "unused"});
    let refused = api.alice(post(&format!("{path}/revoke?dry_run=true"), body));
    assert_eq!(
        refused.await.refusal(),
        "422 Invalid: query.dry_run: a revocation cannot be tried"
    );
    assert_eq!(api.alice(get(&path)).await.json()["status"], "active");
}
