//! `/v2/users/me/sessions`: callers see and end their own sessions.

use crate::support::{TestApi, delete, get, with_cookie};
use serde_json::json;

const MINE: &str = "/v2/users/me/sessions";

async fn status(api: &TestApi, cookie: &str) -> u16 {
    api.send(with_cookie(cookie, get("/v2/users/me")))
        .await
        .status
}

#[actix_web::test]
async fn callers_see_and_end_their_own_sessions() {
    let api = TestApi::new().await;
    let (one, two) = (api.cookie("alice").await, api.cookie("alice").await);
    let of_bob = api.cookie("bob").await;
    let list = api.send(with_cookie(&two, get(MINE))).await;
    let text = list.body.clone();
    let list = list.json();
    assert_eq!(list["pagination"]["total"], 2);
    let items = list["items"].as_array().unwrap();
    assert_eq!(
        items[1],
        json!({
            "id": 2,
            "created_at": "2026-01-01T00:00:00.000000Z",
            "last_used_at": "2026-01-01T00:00:00.000000Z",
            "expires_at": "2026-01-01T02:00:00.000000Z",
            "current": true,
        })
    );
    assert_eq!(items[0]["current"], false);
    for cookie in [&one, &two] {
        assert!(!text.contains(cookie.split_once('=').unwrap().1));
    }
    let second = api.send(with_cookie(&two, get(&format!("{MINE}?page=2&perPage=1"))));
    assert_eq!(second.await.json()["items"][0]["id"], 2);
    let all = api
        .send(with_cookie(&two, get(&format!("{MINE}?page=-1"))))
        .await;
    assert_eq!(all.status, 422);
    // With a password none of them is the current one.
    let listed = api.alice(get(MINE)).await.json();
    assert!(
        listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["current"] == false)
    );

    let end = |id: i64, cookie: &str| with_cookie(cookie, delete(&format!("{MINE}/{id}")));
    let missing = "404 NotFound: Session not found";
    assert_eq!(api.send(end(1, &of_bob)).await.refusal(), missing);
    assert_eq!(api.send(end(99, &two)).await.refusal(), missing);
    assert_eq!(status(&api, &one).await, 200);
    assert_eq!(api.send(end(1, &two)).await.body, "null");
    assert_eq!(
        (status(&api, &one).await, status(&api, &two).await),
        (401, 200)
    );
    assert_eq!(api.send(end(2, &two)).await.status, 200);
    assert_eq!(status(&api, &two).await, 401);
}

/// It is refused as long as the clock is right, and would be let in some hours later.
#[actix_web::test]
async fn a_session_of_a_clock_that_was_ahead_is_seen_and_ended() {
    let api = TestApi::new().await;
    api.app.clock.advance_seconds(5 * 3_600);
    let cookie = api.cookie("alice").await;
    api.app.clock.advance_seconds(-5 * 3_600);
    assert_eq!(status(&api, &cookie).await, 401);
    let listed = api.alice(get(MINE)).await.json();
    assert_eq!(listed["items"][0]["id"], 1);
    assert_eq!(api.alice(delete(&format!("{MINE}/1"))).await.status, 200);
    api.app.clock.advance_seconds(5 * 3_600);
    assert_eq!(status(&api, &cookie).await, 401);
}
