//! Whatever is sent, no answer is a 5xx and nothing panics.

use crate::support::{TestApi, by};
use actix_web::{
    http::{Method, header::HeaderValue},
    rt::System,
    test::TestRequest,
};
use proptest::{collection::vec, prelude::*, sample::select};

/// Bytes as they can stand in a request line.
fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02x}")).collect()
}

fn routes() -> impl Strategy<Value = &'static str> {
    select(vec![
        "/v2/api-keys",
        "/v2/api-keys/{}",
        "/v2/users",
        "/v2/users/me",
        "/v2/users/{}",
        "/v2/users/{}/activation",
        "/v2/organizations",
        "/v2/organizations/{}",
        "/v2/organizations/{}/members",
        "/v2/organizations/{}/members/{}",
        "/{}",
    ])
}

fn methods() -> impl Strategy<Value = Method> {
    select(vec![
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
    ])
}

/// Bodies that are arbitrary bytes, and JSON with arbitrary values at the
/// fields that are read.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let fields = select(vec![
        "name",
        "scope",
        "expires_in",
        "custom",
        "description",
        "allowed_model_names",
        "username",
        "password",
        "user_id",
        "slug",
    ]);
    let values = prop_oneof![
        any::<String>().prop_map(|text| serde_json::json!(text).to_string()),
        any::<f64>().prop_map(|float| format!("{float:e}")),
        any::<i128>().prop_map(|integer| integer.to_string()),
        vec(any::<String>(), 0..3).prop_map(|list| serde_json::json!(list).to_string()),
        vec(any::<u8>(), 0..20).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ];
    let object = vec((fields, values), 0..6).prop_map(|fields| {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", fields.join(",")).into_bytes()
    });
    prop_oneof![object, vec(any::<u8>(), 0..200)]
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let names = select(vec![
        "authorization",
        "x-api-key",
        "x-organization-id",
        "accept",
        "content-length",
        "content-type",
    ]);
    vec((names, vec(any::<u8>(), 0..40)), 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_request_fails_the_server(
        method in methods(),
        route in routes(),
        segment in vec(any::<u8>(), 1..20),
        query in vec((select(vec!["page", "perPage", "sort_by", "search", "user_id"]), vec(any::<u8>(), 0..20)), 0..4),
        body in bodies(),
        headers in headers(),
        username in select(vec!["root", "alice", "nobody"]),
    ) {
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let uri = format!("{}?{}", route.replace("{}", &escaped(&segment)), query.join("&"));
        let mut request = by(username, TestRequest::default().method(method).uri(&uri).set_payload(body));
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                request = request.insert_header((name, value));
            }
        }
        let status = System::new().block_on(async {
            let stage = TestApi::new().await;
            stage.send(request).await.status
        });
        prop_assert!(status < 500, "{uri}: {status}");
    }
}
