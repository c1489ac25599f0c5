//! Numbers are judged as they are written.

use crate::support::{TestApi, by, get};
use actix_web::test::TestRequest;
use serde_json::{Value, json};

fn raw(path: &str, body: impl Into<Vec<u8>>) -> TestRequest {
    TestRequest::post().uri(path).set_payload(body.into())
}

#[actix_web::test]
async fn numbers_are_judged_as_they_are_written() {
    let api = TestApi::new().await;
    let refusal = "422 Invalid: body.expires_in: must be a whole number of 64 bits";
    for number in [
        "1e-400",
        "-1e-400",
        "1e400",
        "-1e400",
        "0.1",
        "-0.5",
        "3600.0000000000000000000000001",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "-99999999999999999999999",
        "1e999999999",
        "1e-999999999",
    ] {
        let body = format!(r#"{{"name":"x","expires_in":{number}}}"#);
        assert_eq!(
            api.alice(raw("/v2/api-keys", body)).await.refusal(),
            refusal,
            "{number}"
        );
    }
    for (number, lives) in [
        ("3600", true),
        ("3600.0", true),
        ("3.6e3", true),
        ("36000E-1", true),
        ("0", false),
        ("-0", false),
        ("-0.0", false),
        ("-1", false),
        ("-9223372036854775808", false),
        ("null", false),
    ] {
        let body = format!(r#"{{"name":"{number}","expires_in":{number}}}"#);
        let created = api.alice(raw("/v2/api-keys", body)).await.json();
        let expected = if lives {
            json!("2026-01-01T01:00:00.000000Z")
        } else {
            Value::Null
        };
        assert_eq!(created["expires_at"], expected, "{number}");
    }
    let members = format!("/v2/organizations/{}/members", api.acme.id);
    let root = api.root.id.0;
    for (user_id, status) in [
        ("0.1".to_owned(), 422),
        ("1e400".to_owned(), 422),
        ("null".to_owned(), 422),
        (r#""1""#.to_owned(), 422),
        (format!("{root}.5"), 422),
        ("999.0".to_owned(), 404),
        (format!("{root}.0"), 200),
    ] {
        let body = format!(r#"{{"user_id":{user_id}}}"#);
        let added = api.send(by("alice", raw(&members, body))).await;
        assert_eq!(added.status, status, "{user_id}");
    }
    for query in [
        "page=1.0",
        "page=1e0",
        "page=1e-400",
        "perPage=9223372036854775808",
        "page=0x1",
        "page=%D9%A1",
        "perPage=-99999999999999999999",
    ] {
        let refused = api.alice(get(&format!("/v2/api-keys?{query}"))).await;
        assert_eq!(refused.status, 422, "{query}");
    }
}
