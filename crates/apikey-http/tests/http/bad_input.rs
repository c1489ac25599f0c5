//! Invalid input is refused with the place and the rule, and changes nothing.

use crate::support::{TestApi, delete, get};
use actix_web::test::TestRequest;

fn create(body: impl Into<Vec<u8>>) -> TestRequest {
    TestRequest::post()
        .uri("/v2/api-keys")
        .set_payload(body.into())
}

#[actix_web::test]
async fn bodies_are_refused_with_the_place_and_the_rule() {
    let api = TestApi::new().await;
    let scope = "scope must be a list of '*', 'management' or 'inference'";
    let number = "body.expires_in: must be a whole number of 64 bits";
    let table = [
        ("", "body: must be a JSON object"),
        ("null", "body: must be a JSON object"),
        ("[1]", "body: must be a JSON object"),
        (r#"["ci"]"#, "body: must be a JSON object"),
        (r#""x""#, "body: must be a JSON object"),
        ("{oops", "body: must be JSON, and is not at line 1 column 2"),
        ("{}", "body: missing field `name`"),
        (r#"{"name":null}"#, "body.name: expected a string"),
        (r#"{"name":5}"#, "body.name: expected a string"),
        (r#"{"name":""}"#, "name must have 1 to 255 characters"),
        (
            r#"{"name":"\u0000"}"#,
            "name must not hold U+0000: a control character is not allowed",
        ),
        (
            r#"{"name":"  "}"#,
            "name must not begin or end with U+0020: a blank is not allowed there",
        ),
        (
            r#"{"name":"a\u202eb"}"#,
            "name must not hold U+202E: an invisible character is not allowed",
        ),
        (
            r#"{"name":"\ud800"}"#,
            "body: must be JSON, and is not at line 1 column 16",
        ),
        (r#"{"name":"x","name":"y"}"#, "body: duplicate field `name`"),
        (r#"{"name":"x","scope":"*"}"#, "body.scope: expected a list"),
        (
            r#"{"name":"x","scope":null}"#,
            "body.scope: expected a list",
        ),
        (
            r#"{"name":"x","scope":["*",1]}"#,
            "body.scope[1]: expected a string",
        ),
        (r#"{"name":"x","scope":["root"]}"#, scope),
        (
            r#"{"name":"x","expires_in":"soon"}"#,
            "body.expires_in: expected a JSON number",
        ),
        (
            r#"{"name":"x","expires_in":true}"#,
            "body.expires_in: expected a JSON number",
        ),
        (r#"{"name":"x","expires_in":0.5}"#, number),
        (r#"{"name":"x","expires_in":9223372036854775808}"#, number),
        (
            r#"{"name":"x","expires_in":9223372036854775807}"#,
            "expires_in must not reach beyond the year 9999",
        ),
        (
            r#"{"name":"x","allowed_model_names":"m"}"#,
            "body.allowed_model_names: expected a list",
        ),
        (
            r#"{"name":"x","allowed_model_names":[1]}"#,
            "body.allowed_model_names[0]: expected a string",
        ),
        (
            r#"{"name":"x","custom":""}"#,
            "custom must have 16 to 512 printable ASCII characters without spaces",
        ),
        (
            r#"{"name":"x","custom":["sk"]}"#,
            "body.custom: expected a string",
        ),
    ];
    for (body, expected) in table {
        let refused = api.alice(create(body)).await.refusal();
        assert_eq!(refused, format!("422 Invalid: {expected}"), "{body}");
    }
    let listed = api.alice(get("/v2/api-keys")).await;
    assert_eq!(listed.json()["pagination"]["total"], 0);
}

#[actix_web::test]
async fn invalid_bytes_and_deep_nesting_are_refused() {
    let api = TestApi::new().await;
    let deep = |field: &str| {
        let (open, close) = ("[".repeat(10_000), "]".repeat(10_000));
        format!(r#"{{"{field}": {open}{close}}}"#)
    };
    let mut bodies = vec![
        b"\xff\xfe{}".to_vec(),
        b"{\"name\": \"\xff\"}".to_vec(),
        b"\xef\xbb\xbf{\"name\":\"x\"}".to_vec(),
        br#"{"name":"x","expires_in":1e999}"#.to_vec(),
        br#"{"name":"x"}{"name":"y"}"#.to_vec(),
        vec![0; 100],
    ];
    bodies.extend(["name", "scope", "expires_in", "unknown"].map(|field| deep(field).into_bytes()));
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert_eq!(api.alice(create(body)).await.status, 422, "{shown}");
    }
}

#[actix_web::test]
async fn queries_are_refused_with_the_place_and_the_rule() {
    let api = TestApi::new().await;
    let integer = |name| format!("query.{name}: must be an integer of 64 bits");
    let table = [
        ("page=x", integer("page")),
        ("page=", integer("page")),
        ("page=9223372036854775808", integer("page")),
        ("page=1&page=x", integer("page")),
        ("perPage=x", integer("perPage")),
        ("page=0", "page must be 1 or more, or -1 for all".to_owned()),
        (
            "page=-2",
            "page must be 1 or more, or -1 for all".to_owned(),
        ),
        ("perPage=0", "perPage must be 1 to 1000".to_owned()),
        ("perPage=1001", "perPage must be 1 to 1000".to_owned()),
        ("page=-1&perPage=0", "perPage must be 1 to 1000".to_owned()),
        (
            "watch=true&perPage=0",
            "perPage must be 1 to 1000".to_owned(),
        ),
        (
            "watch=maybe",
            "query.watch: must be true or false".to_owned(),
        ),
        ("search=%ff", "query.search: must be UTF-8".to_owned()),
        (
            "search=%00",
            "search must have at most 255 characters, none of them NUL".to_owned(),
        ),
        (
            "sort_by=id",
            "Field 'id' is not sortable. Allowed fields: name, expires_at, created_at, updated_at"
                .to_owned(),
        ),
    ];
    for (query, expected) in table {
        let request = get(&format!("/v2/api-keys?{query}"));
        let refused = api.alice(request).await.refusal();
        assert_eq!(refused, format!("422 Invalid: {expected}"), "{query}");
    }
    let harmless = get("/v2/api-keys?unknown=%ff&PAGE=x&page=%31");
    assert_eq!(api.alice(harmless).await.status, 200);
}

#[actix_web::test]
async fn paths_are_refused_with_the_place_and_the_rule() {
    let api = TestApi::new().await;
    for id in [
        "abc",
        "1.0",
        "%ff",
        "%00",
        "9223372036854775808",
        "-9223372036854775809",
        "1%2F2",
        "%F0%9F%A6%80",
    ] {
        let refused = api.alice(delete(&format!("/v2/api-keys/{id}"))).await;
        assert_eq!(
            refused.refusal(),
            "422 Invalid: path.id: must be an integer of 64 bits",
            "{id}"
        );
    }
    let largest = delete("/v2/api-keys/9223372036854775807");
    assert_eq!(api.alice(largest).await.status, 404);
    let member = delete("/v2/organizations/1/members/x");
    assert_eq!(
        api.root(member).await.refusal(),
        "422 Invalid: path.user_id: must be an integer of 64 bits"
    );
}
