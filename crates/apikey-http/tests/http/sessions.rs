//! Signing in with a browser, and what becomes of the session.

use crate::support::{TestApi, TestResponse, by, delete, get, post, put, with_cookie, with_key};
use actix_web::{http::header, test::TestRequest};
use serde_json::{Value, json};

const ME: &str = "/v2/users/me";
const UNKNOWN: &str = "401 Unauthorized: Invalid authentication credentials";

fn form(body: &'static str) -> TestRequest {
    let content_type = "application/x-www-form-urlencoded";
    let request = TestRequest::post().uri("/auth/login").set_payload(body);
    request.insert_header((header::CONTENT_TYPE, content_type))
}

fn log_in(username: &str, password: &str) -> TestRequest {
    post(
        "/auth/login",
        json!({"username": username, "password": password}),
    )
}

/// Returns the names of the cookies that a response sets, with their attributes but no
/// value.
fn set_cookies(response: &TestResponse) -> Vec<String> {
    let all = response.headers.get_all(header::SET_COOKIE);
    let shown = all.map(|value| {
        let (name, rest) = value.to_str().unwrap().split_once('=').unwrap();
        let (_, attributes) = rest.split_once(';').unwrap();
        format!("{name};{attributes}")
    });
    shown.collect()
}

async fn status(api: &TestApi, cookie: &str) -> u16 {
    api.send(with_cookie(cookie, get(ME))).await.status
}

#[actix_web::test]
async fn a_form_and_json_sign_in() {
    let api = TestApi::new().await;
    let requests = [
        form("username=alice&password=Passw0rd_1"),
        form("password=Passw%30rd_1&username=%61lice&remember=on"),
        log_in("alice", "Passw0rd_1"),
    ];
    for request in requests {
        let response = api.send(request).await;
        assert_eq!((response.status, &*response.body), (200, "null"));
        assert_eq!(response.header(header::CACHE_CONTROL), "no-store");
        let expected = "gpustack_session; HttpOnly; Max-Age=43200; Path=/; SameSite=Lax";
        assert_eq!(set_cookies(&response), [expected]);
        let cookie = response.header(header::SET_COOKIE).split(';').next();
        let me = api.send(with_cookie(cookie.unwrap(), get(ME))).await.json();
        assert_eq!(me["username"], "alice");
        assert_eq!(
            (&me["source"], &me["avatar_url"]),
            (&json!("Local"), &Value::Null)
        );
        assert_eq!(me["require_password_change"], false);
    }
}

#[actix_web::test]
async fn who_does_not_sign_in_learns_what_gpustack_says() {
    let api = TestApi::new().await;
    let inactive = api.app.user_who("carol", |new| new.is_active = false).await;
    assert!(!inactive.is_active);
    let wrong = "401 Unauthorized: Incorrect username or password";
    for (request, expected) in [
        (form("username=alice&password=a+guess"), wrong),
        (form("username=alice"), wrong),
        (form(""), wrong),
        (log_in("nobody", "Passw0rd_1"), wrong),
        (log_in("carol", "a guess"), wrong),
        (
            log_in("carol", "Passw0rd_1"),
            "401 Unauthorized: User account is deactivated",
        ),
        (
            form("username=alice&password=%ff"),
            "422 Invalid: body.password: must be UTF-8",
        ),
        (
            post("/auth/login", json!({"username": "alice"})),
            "422 Invalid: body: missing field `password`",
        ),
        (
            form("").insert_header((header::CONTENT_TYPE, "multipart/form-data; boundary=x")),
            "415 UnsupportedMediaType: The body must be application/x-www-form-urlencoded or \
             application/json",
        ),
    ] {
        let response = api.send(request).await;
        assert_eq!(response.refusal(), expected);
        assert!(set_cookies(&response).is_empty());
    }
}

#[actix_web::test]
async fn guesses_are_throttled_as_those_of_basic() {
    let api = TestApi::new().await;
    let mut refused = 0;
    for number in 0..30 {
        let guess = log_in("alice", &format!("guess {number}"));
        refused += u32::from(api.send(guess).await.status == 429);
    }
    assert!(refused > 0);
    // It is one throttle.
    let response = api.send(by("alice", get(ME))).await;
    assert_eq!(response.status, 429);
    assert_eq!(api.send(log_in("alice", "Passw0rd_1")).await.status, 429);
}

#[actix_web::test]
async fn the_cookie_comes_after_basic_and_before_keys() {
    let api = TestApi::new().await;
    let cookie = api.cookie("alice").await;
    let (_, key) = api.key(json!({"name": "ci"})).await;
    let name = async |request: TestRequest| {
        let response = api.send(request).await;
        match response.status {
            200 => response.json()["username"].as_str().unwrap().to_owned(),
            _ => response.refusal(),
        }
    };
    let with = |cookie: &str| with_cookie(cookie, get(ME));
    assert_eq!(name(by("bob", with(&cookie))).await, "bob");
    assert_eq!(name(with_key("junk", with(&cookie))).await, "alice");
    for junk in [
        "gpustack_session=junk".to_owned(),
        format!("gpustack_session={}", "0".repeat(64)),
        format!("{cookie}; gpustack_session={}", "0".repeat(64)),
        format!("gpustack_session=\"{}\"", cookie.split_once('=').unwrap().1),
    ] {
        assert_eq!(name(with_key(&key, with(&junk))).await, UNKNOWN, "{junk}");
    }
    for none in ["gpustack_session=", "gpustack_sessions=x", "session=x; a=b"] {
        assert_eq!(name(with_key(&key, with(none))).await, "alice", "{none}");
        assert_eq!(name(with(none)).await, UNKNOWN, "{none}");
    }
    assert_eq!(name(with(&format!("a=b; {cookie}; c"))).await, "alice");
    assert_eq!(name(with(&format!("{cookie}; {cookie}"))).await, "alice");
}

#[actix_web::test]
async fn a_sign_out_ends_the_session_and_takes_the_cookies() {
    let api = TestApi::new().await;
    let (cookie, other) = (api.cookie("alice").await, api.cookie("alice").await);
    let log_out = || TestRequest::post().uri("/auth/logout");
    let response = api.send(with_cookie(&cookie, log_out())).await;
    assert_eq!((response.status, &*response.body), (200, ""));
    let taken = [
        "gpustack_session",
        "gpustack_oidc_id_token",
        "gpustack_sso_login",
    ];
    let expected = taken.map(|name| format!("{name}; HttpOnly; Max-Age=0; Path=/; SameSite=Lax"));
    assert_eq!(set_cookies(&response), expected);
    assert_eq!(
        (status(&api, &cookie).await, status(&api, &other).await),
        (401, 200)
    );
    // Again, without a session and without a cookie.
    for cookie in [&cookie, "gpustack_session=junk", "a=b"] {
        let response = api.send(with_cookie(cookie, log_out())).await;
        assert_eq!(response.status, 200);
    }
    assert_eq!(api.send(log_out()).await.status, 200);
    assert_eq!(status(&api, &other).await, 200);
}

#[actix_web::test]
async fn another_password_ends_all_other_sessions() {
    let api = TestApi::new().await;
    let (cookie, other) = (api.cookie("alice").await, api.cookie("alice").await);
    let change = |current: &str, new: &str| {
        let body = json!({"current_password": current, "new_password": new});
        with_cookie(&cookie, post("/auth/update-password", body))
    };
    for (current, new, expected) in [
        (
            "a guess",
            "Changed_2",
            "422 Invalid: Incorrect current password",
        ),
        (
            "Passw0rd_1",
            "weak",
            "422 Invalid: password must have 6 to 64 characters",
        ),
    ] {
        let refused = api.send(change(current, new)).await.refusal();
        assert!(refused.starts_with(&expected[..20]), "{refused}");
    }
    assert_eq!(
        (status(&api, &cookie).await, status(&api, &other).await),
        (200, 200)
    );
    let changed = api.send(change("Passw0rd_1", "Changed_2")).await;
    assert_eq!((changed.status, &*changed.body), (200, "null"));
    assert_eq!(
        (status(&api, &cookie).await, status(&api, &other).await),
        (200, 401)
    );
    assert_eq!(api.send(log_in("alice", "Passw0rd_1")).await.status, 401);
    let third = api.send(log_in("alice", "Changed_2")).await;
    let third = third
        .header(header::SET_COOKIE)
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    // With Basic all of them end, and so if an admin gives it.
    let body = json!({"password": "Changed_3"});
    let path = format!("/v2/users/{}", api.alice.id);
    assert_eq!(api.root(put(&path, body)).await.status, 200);
    assert_eq!(
        (status(&api, &cookie).await, status(&api, &third).await),
        (401, 401)
    );
}

#[actix_web::test]
async fn a_deactivation_ends_all_sessions() {
    let api = TestApi::new().await;
    let cookie = api.cookie("alice").await;
    let path = format!("/v2/users/{}", api.alice.id);
    for is_active in [false, true] {
        let body = json!({"is_active": is_active});
        assert_eq!(api.root(put(&path, body)).await.status, 200);
        assert_eq!(status(&api, &cookie).await, 401);
    }
    let cookie = api.cookie("bob").await;
    let path = format!("/v2/users/{}", api.bob.id);
    assert_eq!(api.root(delete(&path)).await.status, 200);
    assert_eq!(status(&api, &cookie).await, 401);
}

#[actix_web::test]
async fn a_session_ends_when_it_is_not_used_and_at_last() {
    let api = TestApi::new().await;
    let (used, idle) = (api.cookie("alice").await, api.cookie("alice").await);
    let sessions = api.app.identity.sessions.clone().unwrap();
    for hour in 1..12 {
        api.app.clock.advance_seconds(3_600);
        assert_eq!(status(&api, &used).await, 200);
        let clock = &*api.app.clock;
        let stored = apikey_domain::use_case::identity::sessions::store_uses(&sessions, clock);
        assert_eq!(stored.await.unwrap(), 1);
        if hour >= 2 {
            assert_eq!(status(&api, &idle).await, 401);
        }
    }
    api.app.clock.advance_seconds(3_599);
    assert_eq!(status(&api, &used).await, 200);
    api.app.clock.advance_seconds(1);
    assert_eq!(status(&api, &used).await, 401);
    // The clock was set back, by more than clocks differ.
    let cookie = api.cookie("alice").await;
    api.app.clock.advance_seconds(-3_600);
    assert_eq!(status(&api, &cookie).await, 200);
    api.app.clock.advance_seconds(-1);
    assert_eq!(status(&api, &cookie).await, 401);
}

#[actix_web::test]
async fn the_gateway_is_told_who_comes_without_a_key() {
    let api = TestApi::new().await;
    let cookie = api.cookie("alice").await;
    let (_, key) = api.key(json!({"name": "ci"})).await;
    let ask = || get("/token-auth");
    let consumer = format!("gpustack-{}", api.alice.id);
    for request in [
        with_cookie(&cookie, ask()),
        by("alice", ask()),
        with_key(&key, with_cookie(&cookie, ask())),
    ] {
        let response = api.send(request).await;
        assert_eq!((response.status, &*response.body), (200, ""));
        assert_eq!(response.header("x-mse-consumer"), consumer);
        assert_eq!(response.header(header::CACHE_CONTROL), "no-store");
    }
    for request in [
        with_cookie("gpustack_session=junk", with_key(&key, ask())),
        with_cookie("gpustack_session=junk", ask()),
        crate::support::with_password("alice", "a guess", ask()),
        ask(),
    ] {
        assert_eq!(api.send(request).await.status, 401);
    }
    assert_eq!(api.send(with_key(&key, ask())).await.status, 200);
}

#[actix_web::test]
async fn the_console_asks_how_people_sign_in() {
    let api = TestApi::new().await;
    let config = api.send(get("/auth/config")).await;
    assert_eq!(
        config.body,
        r#"{"external_auth":null,"is_oidc":false,"is_saml":false}"#
    );
}
