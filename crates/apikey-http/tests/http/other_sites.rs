//! Requests that a browser sends for another site.

use crate::support::{TestApi, by, delete, get, patch, post, with_cookie};
use actix_web::{http::header, test::TestRequest};
use apikey_http::connection::TrustedProxies;
use serde_json::json;
use std::net::SocketAddr;

const ORIGIN: &str = "403 Forbidden: Origin: the request comes from another site, or a proxy \
                      does not pass on Host";
const SITE: &str = "403 Forbidden: Sec-Fetch-Site: the request comes from another site";
const TYPE: &str = "403 Forbidden: With a session cookie, the body must be of the type \
                    application/json";

type Headers = &'static [(&'static str, &'static str)];

fn with(headers: Headers, mut request: TestRequest) -> TestRequest {
    for (name, value) in headers {
        request = request.insert_header((*name, *value));
    }
    request
}

const OTHERS: [(Headers, &str); 10] = [
    (
        &[("origin", "https://evil.example"), ("host", "keys.example")],
        ORIGIN,
    ),
    (
        &[
            ("origin", "https://a.keys.example"),
            ("host", "keys.example"),
        ],
        ORIGIN,
    ),
    (&[("origin", "https://keys.example")], ORIGIN),
    (&[("origin", "null"), ("host", "keys.example")], ORIGIN),
    (
        &[
            ("origin", "http://keys.example:81"),
            ("host", "keys.example:80"),
        ],
        ORIGIN,
    ),
    // Another service of the same machine, to which browsers count as the same site.
    (
        &[
            ("origin", "http://keys.example:8888"),
            ("host", "keys.example"),
        ],
        ORIGIN,
    ),
    (
        &[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://keys.example:8443"),
            ("host", "keys.example"),
        ],
        ORIGIN,
    ),
    (&[("sec-fetch-site", "cross-site")], SITE),
    (&[("sec-fetch-site", "")], SITE),
    (
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://keys.example"),
            ("host", "keys.example"),
        ],
        SITE,
    ),
];

const SAME: [Headers; 6] = [
    &[],
    &[("origin", "https://keys.example"), ("host", "keys.example")],
    &[
        ("origin", "http://keys.example:8080"),
        ("host", "KEYS.example:8080"),
    ],
    &[("sec-fetch-site", "same-origin")],
    // A proxy took the port.
    &[
        ("sec-fetch-site", "same-origin"),
        ("origin", "https://keys.example:8443"),
        ("host", "keys.example"),
    ],
    &[
        ("sec-fetch-site", "same-origin"),
        ("origin", "http://[::1]:80"),
        ("host", "[::1]"),
    ],
];

#[actix_web::test]
async fn with_a_cookie_another_site_changes_nothing() {
    let api = TestApi::new().await;
    let cookie = api.cookie("alice").await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let change_password = json!({"current_password": "Passw0rd_1", "new_password": "Changed_2"});
    for (headers, expected) in OTHERS {
        for request in [
            delete(&path),
            post("/v2/api-keys", json!({"name": "new"})),
            patch(&path, json!({"description": "x"})),
            post("/auth/update-password", change_password.clone()),
            TestRequest::post().uri("/auth/logout"),
        ] {
            let refused = api.send(with_cookie(&cookie, with(headers, request))).await;
            assert_eq!(refused.refusal(), expected, "{headers:?}");
        }
        // It may read: a browser does not show the answer to another site.
        let read = with_cookie(&cookie, with(headers, get(&path)));
        assert_eq!(api.send(read).await.status, 200);
    }
    let list = api.alice(get("/v2/api-keys")).await;
    assert_eq!(list.names(), ["ci"]);
    for headers in SAME {
        let request = patch(&path, json!({"description": "x"}));
        let changed = api.send(with_cookie(&cookie, with(headers, request))).await;
        assert_eq!(changed.status, 200, "{headers:?}");
    }
    let deleted = with_cookie(&cookie, delete(&path));
    assert_eq!(api.send(deleted).await.status, 200);
}

#[actix_web::test]
async fn another_site_signs_nobody_in_or_out() {
    let api = TestApi::new().await;
    let log_in = || {
        let request = TestRequest::post().uri("/auth/login");
        let request = request.set_payload("username=alice&password=Passw0rd_1");
        let form = "application/x-www-form-urlencoded";
        request.insert_header((header::CONTENT_TYPE, form))
    };
    for (headers, expected) in OTHERS {
        let refused = api.send(with(headers, log_in())).await;
        assert_eq!(refused.refusal(), expected, "{headers:?}");
        assert!(!refused.headers.contains_key(header::SET_COOKIE));
        let log_out = TestRequest::post().uri("/auth/logout");
        assert_eq!(api.send(with(headers, log_out)).await.refusal(), expected);
    }
    for headers in SAME {
        assert_eq!(api.send(with(headers, log_in())).await.status, 200);
    }
}

#[actix_web::test]
async fn with_a_cookie_a_body_is_json() {
    let api = TestApi::new().await;
    let cookie = api.cookie("alice").await;
    let body = r#"{"name":"ci"}"#;
    let create = |content_type: &'static str| {
        let request = TestRequest::post().uri("/v2/api-keys").set_payload(body);
        match content_type {
            "" => request,
            _ => request.insert_header((header::CONTENT_TYPE, content_type)),
        }
    };
    let sized = |request: TestRequest| request.insert_header((header::CONTENT_LENGTH, body.len()));
    let chunked =
        |request: TestRequest| request.insert_header((header::TRANSFER_ENCODING, "chunked"));
    for content_type in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=application/json",
    ] {
        for request in [sized(create(content_type)), chunked(create(content_type))] {
            let refused = api.send(with_cookie(&cookie, request)).await;
            assert_eq!(refused.refusal(), TYPE, "{content_type}");
        }
    }
    let log_out = TestRequest::post().uri("/auth/logout");
    let log_out = log_out.insert_header((header::CONTENT_LENGTH, 1));
    let refused = api.send(with_cookie(&cookie, log_out)).await;
    assert_eq!(refused.refusal(), TYPE);
    assert!(api.alice(get("/v2/api-keys")).await.names().is_empty());
    let json = sized(create("application/json; charset=utf-8"));
    assert_eq!(api.send(with_cookie(&cookie, json)).await.status, 200);
    // A password that a client adds itself comes from no other site, whatever the type.
    let plain = sized(create("text/plain").set_payload(r#"{"name":"b"}"#));
    assert_eq!(
        api.send(by("alice", with_cookie(&cookie, plain)))
            .await
            .status,
        200
    );
}

#[actix_web::test]
async fn a_trusted_proxy_says_how_it_was_asked() {
    let mut api = TestApi::new().await;
    api.state.trusted_proxies = "10.0.0.0/8".parse::<TrustedProxies>().unwrap();
    let log_in = |peer: &str, headers: Headers| {
        let peer: SocketAddr = format!("{peer}:1234").parse().unwrap();
        let body = json!({"username": "alice", "password": "Passw0rd_1"});
        with(headers, post("/auth/login", body).peer_addr(peer))
    };
    for (peer, headers, is_secure) in [
        ("10.1.2.3", &[("x-forwarded-proto", "https")][..], true),
        ("10.1.2.3", &[("forwarded", "for=a;proto=https")], true),
        ("10.1.2.3", &[("x-forwarded-proto", "https, http")], false),
        ("10.1.2.3", &[("x-forwarded-proto", "http")], false),
        ("10.1.2.3", &[], false),
        ("192.0.2.1", &[("x-forwarded-proto", "https")], false),
        ("192.0.2.1", &[("forwarded", "proto=https")], false),
    ] {
        let response = api.send(log_in(peer, headers)).await;
        let cookie = response.header(header::SET_COOKIE);
        assert_eq!(
            cookie.ends_with("; Secure"),
            is_secure,
            "{peer} {headers:?}"
        );
        assert_eq!(response.status, 200);
    }
    let rewritten: Headers = &[
        ("origin", "https://keys.example"),
        ("host", "127.0.0.1:8080"),
        ("x-forwarded-host", "keys.example"),
    ];
    assert_eq!(api.send(log_in("10.1.2.3", rewritten)).await.status, 200);
    let refused = api.send(log_in("192.0.2.1", rewritten)).await;
    assert_eq!(refused.refusal(), ORIGIN);
}
