//! The setting that names the headers with the key.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    command, run,
};
use reqwest::Method;

#[test]
fn a_header_that_cannot_carry_a_key_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    for (value, reason) in [
        ("", "'' is not the name of one"),
        ("api key", "'api key' is not the name of one"),
        ("?key", "'?key' is not the name of one"),
        ("x-api-key,,api-key", "'' is not the name of one"),
        ("api-key, API-KEY", "'api-key' is named twice"),
        ("Cookie", "'cookie' has another meaning"),
        ("x-api-key,Host", "'host' has another meaning"),
        ("x-auth-user-id", "'x-auth-user-id' has another meaning"),
    ] {
        let mut by_variable = command(folder.path());
        by_variable.env("APIKEY_KEY_HEADERS", value);
        let mut by_flag = command(folder.path());
        by_flag.arg(format!("--key-headers={value}"));
        for mut command in [by_variable, by_flag] {
            let (code, printed) = run(&mut command);
            assert_eq!(code, 2, "{value}: {printed}");
            for part in [reason, "--key-headers", "such as authorization,x-api-key"] {
                assert!(printed.contains(part), "{part} is missing: {printed}");
            }
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_headers_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, printed) in [
        (&["config"][..], "= (authorization: bearer, x-api-key)"),
        (
            &["config", "--key-headers", "API-Key, authorization"],
            "= api-key, authorization",
        ),
    ] {
        let (code, text) = run(command(folder.path()).args(arguments));
        assert_eq!(code, 0, "{text}");
        let line = text.lines().find(|line| line.starts_with("key-headers "));
        assert!(line.unwrap().contains(&format!("{printed}  # ")), "{text}");
    }
}

#[tokio::test]
async fn only_the_calls_of_gateways_read_the_named_headers() {
    let arguments = ["--key-headers", "api-key,x-goog-api-key"];
    let server = TestServer::start_with(Kind::Sqlite, &arguments).await;
    let client = Client::new(&server);
    let key = client.create_key("ci").await["value"].clone();
    let key = key.as_str().unwrap();
    for (path, header, expected) in [
        ("/auth/verify", "api-key", 200),
        ("/auth/verify/any/path?key=x", "x-goog-api-key", 200),
        ("/auth/verify", "x-api-key", 401),
        ("/auth/verify", "authorization", 401),
        ("/token-auth", "api-key", 401),
        ("/token-auth", "x-api-key", 200),
        ("/v2/users/me", "api-key", 401),
        ("/v2/users/me", "x-api-key", 200),
    ] {
        let request = client.request(Method::GET, path).header(header, key);
        let (status, body) = answer(request).await;
        assert_eq!(status, expected, "{path} {header}: {body}");
    }
    let in_query = format!("/auth/verify?api-key={key}&x-api-key={key}&key={key}");
    let (status, body) = answer(client.request(Method::GET, &in_query)).await;
    assert_eq!(status, 401, "{body}");
    let overlong = "a".repeat(5_000);
    for wrong in ["short", &overlong, "gpustack_0123456789abcdef_0"] {
        let request = client.request(Method::GET, "/auth/verify");
        let response = request.header("api-key", wrong).send().await.unwrap();
        assert_eq!(response.status(), 401, "{wrong}");
        let challenge = &response.headers()["www-authenticate"];
        assert_eq!(
            challenge,
            "Bearer realm=\"apikey\", error=\"invalid_token\""
        );
    }
    let request = client.request(Method::GET, "/auth/verify");
    let request = request.header("api-key", key).header("api-key", "another");
    let (status, body) = answer(request).await;
    assert_eq!(status, 400, "{body}");
    assert_eq!(body["message"], "The request holds two different keys");
}
