//! What a client claims of itself, which counts for nothing.

use super::test_gateway::TestGateway;

pub(super) async fn who_the_client_claims_to_be_never_arrives(test: &mut TestGateway) {
    let key = test.key("inference", &[]).await;
    let names = [
        "X-Auth-Key-Id",
        "X-Auth-User-Id",
        "X-Auth-User-Name",
        "X-Auth-Organization-Id",
        "X-Auth-Scope",
    ];
    let expected = test.let_through(test.get("/", &key)).await;
    for spelling in [str::to_owned, str::to_lowercase, underscored] {
        let mut request = test.get("/", &key);
        for name in names {
            // Twice, because a gateway might replace the first only.
            request = request.header(spelling(name), "4711");
            request = request.header(spelling(name), "4712");
        }
        let arrived = test.let_through(request).await;
        for name in names {
            assert_eq!(arrived.header(name), expected.header(name), "{arrived:?}");
        }
        assert_eq!(arrived.header("X-Auth-Organization-Id"), None);
    }
}

pub(super) async fn no_other_header_of_the_family_arrives(test: &mut TestGateway) {
    let key = test.key("inference", &[]).await;
    let names = ["X-Auth-Role", "x-auth-", "X-Auth-User-Id-Verified"];
    let mut request = test.get("/", &key);
    for name in names {
        request = request.header(name, "admin");
    }
    let arrived = test.let_through(request).await;
    for name in names {
        assert_eq!(arrived.header(name), None, "{arrived:?}");
    }
}

fn underscored(name: &str) -> String {
    name.replace('-', "_")
}

pub(super) async fn the_client_does_not_choose_the_scope(test: &mut TestGateway) {
    let key = test.key("management", &[]).await;
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
        let request = test.get(&format!("/v1/models{query}"), &key);
        let (status, _) = test.refused(request).await;
        // 422: what is no scope at all.
        assert!([403, 422].contains(&status), "{query}: {status}");
    }
}
