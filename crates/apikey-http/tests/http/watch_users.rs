//! `GET /v2/users?watch=true`: the existing users, then their changes.

use crate::support::{TestApi, by, delete, get, next_chunk, post, put};
use actix_web::{body::BoxBody, http::header};
use futures_util::FutureExt;
use serde_json::{Value, json};

const PATH: &str = "/v2/users?watch=true";

async fn watch(api: &TestApi, path: &str) -> BoxBody {
    let response = api.open(by("root", get(path))).await;
    assert_eq!(response.status(), 200);
    response.into_body()
}

/// Returns the events of one chunk in GPUStack's framing.
async fn events(body: &mut BoxBody) -> Vec<Value> {
    let chunk = next_chunk(body).await.unwrap().unwrap();
    let frames = chunk.trim_end().split("\n\n");
    let parsed = frames.map(|frame| serde_json::from_str(frame).unwrap());
    parsed.collect()
}

fn shown(event: &Value) -> (i64, i64, &str) {
    let [kind, id] = ["type", "id"].map(|name| event[name].as_i64().unwrap());
    (kind, id, event["data"]["username"].as_str().unwrap())
}

#[actix_web::test]
async fn a_watcher_receives_the_existing_users_and_then_changes() {
    let api = TestApi::new().await;
    let mut body = watch(&api, PATH).await;
    let existing = events(&mut body).await;
    let mut ids: Vec<_> = existing.iter().map(|event| shown(event).1).collect();
    assert!(ids.is_sorted() && existing.iter().all(|event| shown(event).0 == 1));
    ids.sort_unstable();
    let mut expected = [&api.root, &api.alice, &api.bob].map(|user| user.id.0);
    expected.sort_unstable();
    assert_eq!(ids, expected);

    let carol = json!({"username": "carol", "password": "Passw0rd_1"});
    let carol = api.root(post("/v2/users", carol)).await.json();
    let id = carol["id"].as_i64().unwrap();
    let created = events(&mut body).await;
    assert_eq!(created[0]["data"], carol);
    assert_eq!(shown(&created[0]), (1, id, "carol"));
    // Changes of keys are none of users.
    api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/users/{id}");
    let changes = json!({"full_name": "Carol C.", "is_admin": true, "is_active": true});
    api.root(put(&path, changes)).await;
    let updated = events(&mut body).await;
    assert_eq!(shown(&updated[0]), (2, id, "carol"));
    let expected = json!({"full_name": [[null], ["Carol C."]], "is_admin": [[false], [true]]});
    assert_eq!(updated[0]["changed_fields"], expected);
    api.root(delete(&path)).await;
    let deleted = events(&mut body).await;
    assert_eq!(shown(&deleted[0]), (3, id, "carol"));
    assert_eq!(deleted[0]["changed_fields"], json!({}));
}

#[actix_web::test]
async fn a_watch_of_users_is_searched_and_framed_as_one_of_keys() {
    let api = TestApi::new().await;
    let request = get("/v2/users?watch=true&search=ALI");
    let request = request.insert_header((header::ACCEPT, "text/event-stream"));
    let response = api.open(by("root", request)).await;
    assert_eq!(
        response.headers().get("content-type").unwrap(),
        "text/event-stream"
    );
    let mut body = response.into_body();
    let frame = next_chunk(&mut body).await.unwrap().unwrap();
    let (head, data) = frame.trim_end().split_once("\ndata: ").unwrap();
    assert_eq!(head, "event: created");
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["data"]["username"], "alice");
    let reached = next_chunk(&mut body).await.unwrap().unwrap();
    assert!(reached.starts_with("id: "), "{reached}");
    let bob = format!("/v2/users/{}", api.bob.id);
    api.root(put(&bob, json!({"is_admin": true}))).await;
    api.root(put(&bob, json!({"full_name": "Alison"}))).await;
    let came = next_chunk(&mut body).await.unwrap().unwrap();
    assert!(
        came.contains("event: updated") && came.contains("Alison"),
        "{came}"
    );
}

#[actix_web::test]
async fn a_watch_of_users_resumes_after_what_it_was_told() {
    let api = TestApi::new().await;
    let open = async |last: &str| {
        let request = get(PATH)
            .insert_header((header::ACCEPT, "text/event-stream"))
            .insert_header(("last-event-id", last));
        api.open(by("root", request)).await.into_body()
    };
    let mut body = open("").await;
    next_chunk(&mut body).await;
    let reached = next_chunk(&mut body).await.unwrap().unwrap();
    let position = reached.trim_end().strip_prefix("id: ").unwrap();
    drop(body);
    // Many events of others come between.
    for number in 0..300 {
        api.key(json!({"name": format!("key {number}")})).await;
    }
    let path = format!("/v2/users/{}", api.bob.id);
    api.root(put(&path, json!({"full_name": "Bob B."}))).await;
    let mut body = open(position).await;
    let next = next_chunk(&mut body).await.unwrap().unwrap();
    assert!(
        next.contains("event: updated") && next.contains("Bob B."),
        "{next}"
    );
    let mut body = open("yesterday").await;
    let next = next_chunk(&mut body).await.unwrap().unwrap();
    assert!(next.starts_with("id: resync"), "{next}");
}

#[actix_web::test]
async fn a_watch_of_users_ends_with_the_right_to_it() {
    let api = TestApi::new().await;
    for change in [
        json!({"is_admin": false}),
        json!({"is_active": false}),
        json!({"password": "Changed_2"}),
    ] {
        let carol = json!({"username": "carol", "password": "Passw0rd_1", "is_admin": true});
        let carol = api.root(post("/v2/users", carol)).await.json();
        let path = format!("/v2/users/{}", carol["id"]);
        let mut body = api.open(by("carol", get(PATH))).await.into_body();
        events(&mut body).await;
        assert!(next_chunk(&mut body).now_or_never().is_none());
        assert_eq!(api.root(put(&path, change.clone())).await.status, 200);
        while let Some(chunk) = next_chunk(&mut body).await {
            assert!(chunk.unwrap().contains("carol"), "{change}");
        }
        assert_eq!(api.root(delete(&path)).await.status, 200);
    }
}

#[actix_web::test]
async fn only_platform_admins_watch_users() {
    let api = TestApi::new().await;
    let refused = api.alice(get(PATH)).await;
    assert_eq!(
        refused.refusal(),
        "403 Forbidden: Only a platform admin may do this"
    );
    let refused = api.root(get("/v2/users?watch=maybe")).await;
    assert_eq!(refused.status, 422);
    let refused = api.root(get("/v2/users?watch=true&sort_by=id")).await;
    assert_eq!(refused.status, 422);
}
