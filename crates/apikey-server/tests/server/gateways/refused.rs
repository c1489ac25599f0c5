//! What is refused, and what the client is told.

use super::test_gateway::TestGateway;
use reqwest::Method;

const NO_KEY: &str = "Bearer realm=\"apikey\"";
const WRONG_KEY: &str = "Bearer realm=\"apikey\", error=\"invalid_token\"";
const WRONG_SCOPE: &str = "Bearer realm=\"apikey\", error=\"insufficient_scope\"";

pub(super) async fn a_request_without_a_key_that_counts_is_refused(test: &mut TestGateway) {
    let get = || test.request(Method::GET, "/v1/models");
    let table = [
        (get(), NO_KEY),
        (get().basic_auth("admin", Some("x")), NO_KEY),
        (get().bearer_auth("gpustack_0123456789abcdef_0"), WRONG_KEY),
        (get().header("X-API-Key", "sk-0123456789abcdef"), WRONG_KEY),
        (get().header("X-API-Key", "short"), WRONG_KEY),
    ];
    for (request, challenge) in table {
        assert_eq!(test.refused(request).await, (401, challenge.to_owned()));
    }
}

pub(super) async fn a_key_without_the_scope_is_refused(test: &mut TestGateway) {
    let key = test.key("management", &[]).await;
    let outcome = test.refused(test.get("/v1/models", &key)).await;
    assert_eq!(outcome, (403, WRONG_SCOPE.to_owned()));
}

pub(super) async fn two_different_keys_are_refused(test: &mut TestGateway) {
    let one = test.key("inference", &[]).await;
    let other = test.key("*", &[]).await;
    let both = test.get("/", &one).header("X-API-Key", &other.value);
    assert_eq!(test.refused(both).await.0, 400);
    let same = test.get("/", &one).header("X-API-Key", &one.value);
    test.let_through(same).await;
}
