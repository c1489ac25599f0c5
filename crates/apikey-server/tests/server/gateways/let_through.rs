//! What is let through, and how it reaches the service.

use super::{service::Arrived, test_gateway::TestGateway};
use reqwest::Method;

/// What must never reach the service.
const KEY_HEADERS: [&str; 2] = ["Authorization", "X-API-Key"];

pub(super) async fn a_key_is_let_through_in_either_header(test: &mut TestGateway) {
    let key = test.key("*", &[]).await;
    let admin = test.admin().await;
    let request = test.request(Method::GET, "/v1/models");
    let other = test.request(Method::GET, "/v1/models");
    let other = other.header("X-API-Key", &key.value);
    for request in [request.bearer_auth(&key.value), other] {
        let arrived = test.let_through(request).await;
        assert_who(
            &arrived,
            [
                ("X-Auth-Key-Id", &key.id.to_string()),
                ("X-Auth-User-Id", &admin["id"].to_string()),
                ("X-Auth-User-Name", "admin"),
                ("X-Auth-Organization-Id", ""),
                ("X-Auth-Scope", "*"),
            ],
        );
        for name in KEY_HEADERS {
            assert_eq!(arrived.header(name), None, "{arrived:?}");
        }
    }
}

pub(super) async fn the_service_is_told_of_the_organization(test: &mut TestGateway) {
    let (organization, key) = test.organization_and_its_key().await;
    let arrived = test.let_through(test.get("/", &key)).await;
    assert_who(
        &arrived,
        [
            ("X-Auth-Key-Id", &key.id.to_string()),
            ("X-Auth-Organization-Id", &organization.to_string()),
            ("X-Auth-Scope", "inference"),
        ],
    );
}

pub(super) async fn a_name_arrives_encoded(test: &mut TestGateway) {
    let key = test.key_of("Jürgen 100%").await;
    let arrived = test.let_through(test.get("/", &key)).await;
    assert_who(&arrived, [("X-Auth-User-Name", "J%C3%BCrgen%20100%25")]);
}

pub(super) async fn a_request_arrives_as_it_was_sent(test: &mut TestGateway) {
    let key = test.key("inference", &[]).await;
    let paths = ["/", "/v1/caf%C3%A9%20%FF?a=%FF&b=1+2&c=%26", "/a?x=/b?y=z"];
    for path in paths {
        let request = test.request(Method::POST, path).bearer_auth(&key.value);
        let arrived = test.let_through(request.body("{\"a\": 1}")).await;
        assert_eq!(arrived.first_line, format!("POST {path} HTTP/1.1"));
        assert_eq!(arrived.body, "{\"a\": 1}");
    }
    for method in [Method::DELETE, Method::PUT, Method::OPTIONS] {
        let request = test.request(method.clone(), "/v1/files");
        let arrived = test.let_through(request.bearer_auth(&key.value)).await;
        assert_eq!(arrived.first_line, format!("{method} /v1/files HTTP/1.1"));
    }
}

pub(super) async fn what_the_service_answers_is_left_alone(test: &mut TestGateway) {
    let key = test.key("inference", &[]).await;
    for status in [302, 400, 401, 403, 404, 500, 502, 503] {
        let request = test.get(&format!("/answer/{status}"), &key);
        let (response, arrived) = test.outcome(request).await;
        assert_eq!(response.status(), status);
        assert_eq!(arrived.len(), 1, "{arrived:?}");
        assert_eq!(response.text().await.unwrap(), "service");
    }
}

/// Asserts what the service is told; an empty header counts as none.
fn assert_who<const COUNT: usize>(arrived: &Arrived, expected: [(&str, &str); COUNT]) {
    for (name, value) in expected {
        let expected = Some(value).filter(|value| !value.is_empty());
        assert_eq!(arrived.header(name), expected, "{name} in {arrived:?}");
    }
}
