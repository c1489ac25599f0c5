//! Sessions on real servers: on every node, over restarts, and at their end.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    held_request::HeldRequest,
    run,
};
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    io::{Seek, Write},
    time::{Duration, Instant},
};
use xtask_harness::server::ADMIN_PASSWORD as PASSWORD;

/// How soon a stream sends nothing more after the end of its session.
const ENDED: Duration = Duration::from_secs(2);

/// Signs a user in and returns the cookie.
pub(crate) async fn sign_in(client: &Client, username: &str, password: &str) -> String {
    let request = client.request(Method::POST, "/auth/login");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let form = format!("username={username}&password={password}");
    let response = request.body(form).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let cookie = response.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .to_owned();
    cookie.split(';').next().unwrap().to_owned()
}

async fn with(client: &Client, cookie: &str, method: Method, path: &str) -> (u16, Value) {
    answer(client.request(method, path).header("cookie", cookie)).await
}

pub(crate) async fn status(client: &Client, cookie: &str) -> u16 {
    with(client, cookie, Method::GET, "/v2/users/me").await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_known_to_every_node_until_it_ends() {
    let one = TestServer::start(Kind::Postgres).await;
    let other = one.beside().await;
    let nodes = [Client::new(&one), Client::new(&other)];
    nodes[0].user("alice").await;
    for (here, there) in [(&nodes[0], &nodes[1]), (&nodes[1], &nodes[0])] {
        let cookie = sign_in(here, "alice", PASSWORD).await;
        let second = sign_in(there, "alice", PASSWORD).await;
        assert_eq!(status(there, &cookie).await, 200);
        let logged_out = with(there, &cookie, Method::POST, "/auth/logout").await;
        assert_eq!(logged_out.0, 200);
        assert_eq!(status(here, &cookie).await, 401);
        assert_eq!(status(here, &second).await, 200);
    }
    let cookie = sign_in(&nodes[0], "alice", PASSWORD).await;
    let body = json!({"current_password": PASSWORD, "new_password": "Changed_2"});
    let change = nodes[0].request(Method::POST, "/auth/update-password");
    let changed = answer(change.header("cookie", &cookie).json(&body)).await;
    assert_eq!(changed, (200, Value::Null));
    let (code, sessions) = with(&nodes[1], &cookie, Method::GET, "/v2/users/me/sessions").await;
    assert_eq!((code, &sessions["pagination"]["total"]), (200, &json!(1)));
    assert_eq!(sessions["items"][0]["current"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_a_restart_and_not_a_reset_of_the_password() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        let client = Client::new(&server);
        client.user("alice").await;
        let cookie = sign_in(&client, "alice", PASSWORD).await;
        server.kill();
        server.start_again().await;
        let client = Client::new(&server);
        assert_eq!(status(&client, &cookie).await, 200);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"N3w_password\n").unwrap();
        file.rewind().unwrap();
        let mut command = server.command();
        command.args(["user", "reset-password", "alice"]);
        let (code, printed) = run(command.stdin(file));
        assert_eq!(code, 0, "{printed}");
        assert_eq!(status(&client, &cookie).await, 401);
        let log = server.log();
        let token = cookie.split_once('=').unwrap().1;
        assert!(!log.contains(token) && !log.contains("ERROR"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_whichever_node_ends_its_session() {
    let one = TestServer::start(Kind::Postgres).await;
    let other = one.beside().await;
    let (here, there) = (Client::new(&one), Client::new(&other));
    here.user("alice").await;
    let cookie = sign_in(&here, "alice", PASSWORD).await;
    let watch = here.request(Method::GET, "/v2/api-keys?watch=true");
    let response = watch.header("cookie", &cookie).send().await.unwrap();
    let mut stream = response.bytes_stream();
    here.own_key("alice").await;
    assert!(stream.next().await.unwrap().is_ok());
    let logged_out = with(&there, &cookie, Method::POST, "/auth/logout").await;
    assert_eq!(logged_out.0, 200);
    tokio::time::sleep(Duration::from_secs(1)).await;
    here.own_key("alice").await;
    let end = tokio::time::timeout(ENDED, stream.next()).await;
    assert!(matches!(end, Ok(None)), "{end:?}");
}

/// The body of a request is held back until the session has ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_began_before_the_end_of_its_session_changes_nothing_after_it() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        client.user("alice").await;
        let cookie = sign_in(&client, "alice", PASSWORD).await;
        let create = client.request(Method::POST, "/v2/api-keys");
        let create = create
            .header("cookie", &cookie)
            .json(&json!({"name": "late"}));
        let held = HeldRequest::send(server.address, create).await;
        let logged_out = with(&client, &cookie, Method::POST, "/auth/logout").await;
        assert_eq!(logged_out.0, 200);
        assert_eq!(held.finish().0, 401, "{kind}");
    }
}

/// Neither a session nor a key is good for a verification whose body was held back until
/// after their end.
#[tokio::test(flavor = "multi_thread")]
async fn a_verification_that_is_late_is_answered_to_nobody_whose_right_has_ended() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        client.user("alice").await;
        let cookie = sign_in(&client, "alice", PASSWORD).await;
        let (id, key) = client.own_key("alice").await;
        let (other, value) = client.own_key("alice").await;
        let explain = format!("/v2/api-keys/{other}/explain");
        let mut held = Vec::new();
        for (path, body) in [
            ("/v2/api-keys/verify", json!({"key": value})),
            (explain.as_str(), json!({})),
        ] {
            for (name, value) in [
                ("cookie", cookie.clone()),
                ("authorization", format!("Bearer {key}")),
            ] {
                let request = client.request(Method::POST, path).json(&body);
                let request = request.header(name, value);
                held.push(HeldRequest::send(server.address, request).await);
            }
        }
        let log_out = with(&client, &cookie, Method::POST, "/auth/logout").await;
        assert_eq!(log_out.0, 200);
        let delete = client.request(Method::DELETE, &format!("/v2/api-keys/{id}"));
        let deleted = answer(delete.basic_auth("alice", Some(PASSWORD))).await;
        assert_eq!(deleted.0, 200);
        tokio::time::sleep(Duration::from_secs(1)).await;
        for held in held {
            let (status, answer) = held.finish();
            assert_eq!(status, 401, "{kind}: {answer}");
        }
    }
}

/// A hash of GPUStack, which costs several times what ours do.
const IMPORTED: &str = "$argon2id$v=19$m=65536,t=3,p=4$epS3mS9pkvowzgJZIaZD1Q$\
                        de2A2c9jDAY/2YprpHpLFkM5cPxAZz8SR7CP+K6jsm4";

/// Of a name that nobody has a guess takes as long as of one that somebody has, or brought
/// along.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_does_not_tell_who_exists_by_its_time() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    for number in 0..8 {
        client.user(&format!("user {number}")).await;
        client.user(&format!("imported {number}")).await;
    }
    server.kill();
    let import =
        format!("UPDATE users SET password_hash = '{IMPORTED}' WHERE username LIKE 'imported %'");
    server.database().run_all(&[import]).await.unwrap();
    server.start_again().await;
    let client = Client::new(&server);
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for number in 0..8 {
        for (name, times) in ["nobody", "user", "imported"].iter().zip(&mut times) {
            let guess = json!({"username": format!("{name} {number}"), "password": "a guess"});
            let began = Instant::now();
            let request = client.request(Method::POST, "/auth/login").json(&guess);
            assert_eq!(answer(request).await.0, 401);
            times.push(began.elapsed());
        }
    }
    // What the costliest hash takes is known once one was computed.
    let shortest = times.iter().filter_map(|times| times[1..].iter().min());
    let (least, most) = (shortest.clone().min().unwrap(), shortest.max().unwrap());
    assert!(*most < *least * 2, "{times:?}");
}
