//! Headers and queries with which a client claims an identity or a scope are
//! ignored.

use super::test_gateway::TestGateway;

pub(super) async fn identity_headers_of_the_client_are_removed(gateway: &mut TestGateway) {
    let key = gateway.key("inference", &[]).await;
    let names = [
        "X-Auth-Key-Id",
        "X-Auth-Credential-Id",
        "X-Auth-User-Id",
        "X-Auth-User-Name",
        "X-Auth-Organization-Id",
        "X-Auth-Scope",
    ];
    let expected = gateway.forwarded(gateway.get("/", &key)).await;
    for spelling in [str::to_owned, str::to_lowercase, underscored] {
        let mut request = gateway.get("/", &key);
        for name in names {
            // Twice, because a gateway might replace only the first.
            request = request.header(spelling(name), "4711");
            request = request.header(spelling(name), "4712");
        }
        let received = gateway.forwarded(request).await;
        for name in names {
            assert_eq!(received.header(name), expected.header(name), "{received:?}");
        }
        assert_eq!(received.header("X-Auth-Organization-Id"), None);
    }
}

pub(super) async fn no_other_auth_header_is_forwarded(gateway: &mut TestGateway) {
    let key = gateway.key("inference", &[]).await;
    let names = ["X-Auth-Role", "x-auth-", "X-Auth-User-Id-Verified"];
    let mut request = gateway.get("/", &key);
    for name in names {
        request = request.header(name, "admin");
    }
    let received = gateway.forwarded(request).await;
    for name in names {
        assert_eq!(received.header(name), None, "{received:?}");
    }
}

fn underscored(name: &str) -> String {
    name.replace('-', "_")
}

pub(super) async fn the_client_does_not_choose_the_scope(gateway: &mut TestGateway) {
    let key = gateway.key("management", &[]).await;
    let queries = [
        "?scope=management",
        "?scope=management&scope=management",
        "?a=1&scope=management",
        "?&scope=management#",
        "?scope=",
        "?scope%3Dmanagement",
        "%3Fscope=management",
        "/%26scope=management",
    ];
    for query in queries {
        let request = gateway.get(&format!("/v1/models{query}"), &key);
        let (status, _) = gateway.refused(request).await;
        // 422: not a valid scope.
        assert!([403, 422].contains(&status), "{query}: {status}");
    }
}
