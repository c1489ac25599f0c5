//! Refused requests, and the responses to the client.

use super::test_gateway::TestGateway;
use reqwest::Method;

const NO_KEY: &str = "Bearer realm=\"apikey\"";
const WRONG_KEY: &str = "Bearer realm=\"apikey\", error=\"invalid_token\"";
const WRONG_SCOPE: &str = "Bearer realm=\"apikey\", error=\"insufficient_scope\"";

pub(super) async fn a_request_without_a_valid_key_is_refused(gateway: &mut TestGateway) {
    let get = || gateway.request(Method::GET, "/v1/models");
    let table = [
        (get(), NO_KEY),
        (get().basic_auth("admin", Some("x")), NO_KEY),
        (get().bearer_auth("gpustack_0123456789abcdef_0"), WRONG_KEY),
        (get().header("X-API-Key", "sk-0123456789abcdef"), WRONG_KEY),
        (get().header("X-API-Key", "short"), WRONG_KEY),
    ];
    for (request, challenge) in table {
        assert_eq!(gateway.refused(request).await, (401, challenge.to_owned()));
    }
}

pub(super) async fn a_key_without_the_scope_is_refused(gateway: &mut TestGateway) {
    let key = gateway.key("management", &[]).await;
    let outcome = gateway.refused(gateway.get("/v1/models", &key)).await;
    assert_eq!(outcome, (403, WRONG_SCOPE.to_owned()));
}

pub(super) async fn two_different_keys_are_refused(gateway: &mut TestGateway) {
    let one = gateway.key("inference", &[]).await;
    let other = gateway.key("*", &[]).await;
    let both = gateway.get("/", &one).header("X-API-Key", &other.value);
    assert_eq!(gateway.refused(both).await.0, 400);
    let same = gateway.get("/", &one).header("X-API-Key", &one.value);
    gateway.forwarded(same).await;
}
