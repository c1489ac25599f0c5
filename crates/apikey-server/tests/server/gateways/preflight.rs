//! What browsers ask before a request of another site's page.

use super::test_gateway::TestGateway;
use xtask_programs::gateways::PREFLIGHT;

/// How all but the first line of a small one begins.
const SMALL: &str = "Host: gateway\r\nOrigin: null\r\nAccess-Control-Request-Method: PUT\r\n";

pub(super) async fn a_preflight_reaches_the_service_without_an_identity(gateway: &mut TestGateway) {
    let claims = "X-Auth-User-Id: 1\r\nX-Auth-Scope: *\r\nX-Model: other\r\n\
        Authorization: Bearer x\r\nX-API-Key: x\r\nApi-Key: x\r\nX-Goog-Api-Key: x\r\n";
    for (request, line, model) in [
        (PREFLIGHT.to_owned(), "/v1/chat/completions", None),
        (format!("OPTIONS /a HTTP/1.1\r\n{SMALL}\r\n"), "/a", None),
        (
            format!("OPTIONS /a HTTP/1.1\r\n{SMALL}Content-Length: 0\r\n\r\n"),
            "/a",
            None,
        ),
        (
            format!("OPTIONS /models/a%2Fb/c HTTP/1.1\r\n{SMALL}{claims}\r\n"),
            "/models/a%2Fb/c",
            Some("a/b"),
        ),
    ] {
        let (status, received) = gateway.raw_outcome(&request);
        assert_eq!(
            (status, received.len()),
            (200, 1),
            "{request}: {received:?}"
        );
        let received = &received[0];
        assert_eq!(received.first_line, format!("OPTIONS {line} HTTP/1.1"));
        assert!(received.header("Origin").is_some(), "{received:?}");
        assert!(
            received.header("Access-Control-Request-Method").is_some(),
            "{received:?}"
        );
        assert_eq!(received.header("X-Model"), model, "{received:?}");
        for name in [
            "X-Auth-Key-Id",
            "X-Auth-Credential-Id",
            "X-Auth-User-Id",
            "X-Auth-User-Name",
            "X-Auth-Scope",
            "Authorization",
            "X-API-Key",
            "Api-Key",
            "X-Goog-Api-Key",
        ] {
            assert_eq!(received.header(name), None, "{received:?}");
        }
    }
}

pub(super) async fn what_is_almost_a_preflight_needs_a_key(gateway: &mut TestGateway) {
    let origin = "Origin: http://page.example\r\n";
    let method = "Access-Control-Request-Method: POST\r\n";
    for (verb, headers) in [
        ("OPTIONS", String::new()),
        ("OPTIONS", origin.to_owned()),
        ("OPTIONS", method.to_owned()),
        (
            "OPTIONS",
            format!("{origin}Access-Control-Request-Method:\r\n"),
        ),
        ("OPTIONS", format!("Origin:\r\n{method}")),
        (
            "OPTIONS",
            format!("{origin}Access_Control_Request_Method: POST\r\n"),
        ),
        ("GET", format!("{origin}{method}")),
        ("POST", format!("{origin}{method}Content-Length: 0\r\n")),
        (
            "POST",
            format!("{origin}{method}X-HTTP-Method-Override: OPTIONS\r\nContent-Length: 0\r\n"),
        ),
        ("HEAD", format!("{origin}{method}")),
    ] {
        let request = format!("{verb} /v1/chat HTTP/1.1\r\nHost: gateway\r\n{headers}\r\n");
        let (status, received) = gateway.raw_outcome(&request);
        assert_eq!(status, 401, "{request}");
        assert!(received.is_empty(), "{request}: {received:?}");
    }
    // It has no body, which the service would get from nobody in particular. Caddy ends
    // one of unknown length after a byte, which the service may learn too late.
    let length = "Content-Length: 4\r\n\r\nbody";
    let chunks = "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n";
    for (framing, expected) in [(length, &[400, 401][..]), (chunks, &[200, 400, 401, 413])] {
        let request = format!("OPTIONS /v1/chat HTTP/1.1\r\n{SMALL}{framing}");
        let (status, received) = gateway.raw_outcome(&request);
        assert!(expected.contains(&status), "{request}: {status}");
        for received in received {
            assert_eq!(received.body, "", "{received:?}");
        }
    }
}
