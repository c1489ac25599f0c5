//! Requests that are forwarded to the service.

use super::{service::ReceivedRequest, test_gateway::TestGateway};
use reqwest::Method;

/// Headers that must never reach the service.
const KEY_HEADERS: [&str; 2] = ["Authorization", "X-API-Key"];

pub(super) async fn a_key_is_accepted_in_either_header(gateway: &mut TestGateway) {
    let key = gateway.key("*", &[]).await;
    let admin = gateway.admin().await;
    let request = gateway.request(Method::GET, "/v1/models");
    let other = gateway.request(Method::GET, "/v1/models");
    let other = other.header("X-API-Key", &key.value);
    for request in [request.bearer_auth(&key.value), other] {
        let received = gateway.forwarded(request).await;
        assert_identity(
            &received,
            [
                ("X-Auth-Key-Id", &key.id.to_string()),
                ("X-Auth-Credential-Id", "1"),
                ("X-Auth-User-Id", &admin["id"].to_string()),
                ("X-Auth-User-Name", "admin"),
                ("X-Auth-Organization-Id", ""),
                ("X-Auth-Scope", "*"),
            ],
        );
        for name in KEY_HEADERS {
            assert_eq!(received.header(name), None, "{received:?}");
        }
    }
}

pub(super) async fn the_service_receives_the_organization(gateway: &mut TestGateway) {
    let (organization, key) = gateway.organization_and_its_key().await;
    let received = gateway.forwarded(gateway.get("/", &key)).await;
    assert_identity(
        &received,
        [
            ("X-Auth-Key-Id", &key.id.to_string()),
            ("X-Auth-Credential-Id", "1"),
            ("X-Auth-Organization-Id", &organization.to_string()),
            ("X-Auth-Scope", "inference"),
        ],
    );
}

pub(super) async fn the_service_receives_an_encoded_name(gateway: &mut TestGateway) {
    let key = gateway.key_of("Jürgen 100%").await;
    let received = gateway.forwarded(gateway.get("/", &key)).await;
    assert_identity(&received, [("X-Auth-User-Name", "J%C3%BCrgen%20100%25")]);
}

pub(super) async fn a_request_is_forwarded_unchanged(gateway: &mut TestGateway) {
    let key = gateway.key("inference", &[]).await;
    let paths = ["/", "/v1/caf%C3%A9%20%FF?a=%FF&b=1+2&c=%26", "/a?x=/b?y=z"];
    for path in paths {
        let request = gateway.request(Method::POST, path).bearer_auth(&key.value);
        let received = gateway.forwarded(request.body("{\"a\": 1}")).await;
        assert_eq!(received.first_line, format!("POST {path} HTTP/1.1"));
        assert_eq!(received.body, "{\"a\": 1}");
    }
    for method in [Method::DELETE, Method::PUT, Method::OPTIONS] {
        let request = gateway.request(method.clone(), "/v1/files");
        let received = gateway.forwarded(request.bearer_auth(&key.value)).await;
        assert_eq!(received.first_line, format!("{method} /v1/files HTTP/1.1"));
    }
}

pub(super) async fn the_response_of_the_service_is_unchanged(gateway: &mut TestGateway) {
    let key = gateway.key("inference", &[]).await;
    for status in [302, 400, 401, 403, 404, 500, 502, 503] {
        let request = gateway.get(&format!("/status/{status}"), &key);
        let (response, received) = gateway.outcome(request).await;
        assert_eq!(response.status(), status);
        assert_eq!(received.len(), 1, "{received:?}");
        assert_eq!(response.text().await.unwrap(), "service");
    }
}

/// Asserts the identity headers that the service received; an empty one counts as
/// absent.
fn assert_identity<const COUNT: usize>(
    received: &ReceivedRequest,
    expected: [(&str, &str); COUNT],
) {
    for (name, value) in expected {
        let expected = Some(value).filter(|value| !value.is_empty());
        assert_eq!(received.header(name), expected, "{name} in {received:?}");
    }
}
