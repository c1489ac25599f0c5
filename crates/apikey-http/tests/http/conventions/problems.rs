//! Problem details.

use crate::support::{TestApi, TestResponse, get, patch, post, put};
use actix_web::{http::header, test::TestRequest};
use serde_json::{Value, json};

const PROBLEM: &str = "application/problem+json";

fn asking(request: TestRequest) -> TestRequest {
    request.insert_header((header::ACCEPT, PROBLEM))
}

fn problem(answer: &TestResponse) -> Value {
    assert_eq!(answer.header(header::CONTENT_TYPE), PROBLEM);
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status);
    assert_eq!(problem["code"], answer.status);
    assert_eq!(problem["detail"], problem["message"]);
    assert_eq!(problem["type"], "about:blank");
    problem
}

#[actix_web::test]
async fn a_refusal_has_problem_details_beside_its_three_fields() {
    let api = TestApi::new().await;
    api.key(json!({"name": "ci"})).await;
    let taken = asking(post("/v2/api-keys", json!({"name": "ci"})));
    let expected = json!({
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "Api key ci already exists",
        "code": 409,
        "reason": "AlreadyExists",
        "message": "Api key ci already exists",
    });
    assert_eq!(problem(&api.alice(taken).await), expected);
    let nobody = api.send(asking(get("/v2/api-keys"))).await;
    assert_eq!(problem(&nobody)["title"], "Unauthorized");
    assert!(nobody.headers.contains_key(header::WWW_AUTHENTICATE));
    let nowhere = api.send(asking(get("/nothing"))).await;
    assert_eq!(problem(&nowhere)["title"], "Not Found");
    let method = api.send(asking(post("/v2/users/me", json!({})))).await;
    assert_eq!(problem(&method)["reason"], "MethodNotAllowed");
    assert!(method.headers.contains_key(header::ALLOW));
    let key = asking(post("/v2/api-keys/verify", json!({})));
    assert_eq!(problem(&api.alice(key).await)["status"], 422);
}

#[actix_web::test]
async fn what_is_wrong_is_pointed_at() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let one = format!("/v2/api-keys/{id}");
    let create = |body: Value| post("/v2/api-keys", body);
    let verify = |body: Value| post("/v2/api-keys/verify", body);
    let other = get("/v2/api-keys").insert_header(("x-organization-id", "acme"));
    let named = create(json!({"name": "b"})).insert_header(("idempotency-key", "ä b"));
    for (request, place) in [
        (create(json!({"name": ""})), json!({"pointer": "#/name"})),
        (create(json!({"name": 7})), json!({"pointer": "#/name"})),
        (create(json!({})), json!({"pointer": "#"})),
        (create(json!([])), json!({"pointer": "#"})),
        (
            create(json!({"name": "b", "scope": ["inference", 7]})),
            json!({"pointer": "#/scope/1"}),
        ),
        (
            create(json!({"name": "b", "expires_inn": 7})),
            json!({"pointer": "#/expires_inn"}),
        ),
        (
            create(json!({"name": "b", "metadata": {"a": 7}})),
            json!({"pointer": "#/metadata/a"}),
        ),
        (
            verify(json!({"items": [{"key": "x"}, {"key": "x", "scope": "y"}]})),
            json!({"pointer": "#/items/1/scope"}),
        ),
        (
            patch(&one, json!({"expires_at": "soon"})),
            json!({"pointer": "#/expires_at"}),
        ),
        (
            put("/v2/users/me", json!({"password": "x"})),
            json!({"pointer": "#/password"}),
        ),
        (
            post(
                "/auth/update-password",
                json!({"current_password": "Passw0rd_1", "new_password": "x"}),
            ),
            json!({"pointer": "#/new_password"}),
        ),
        (
            post(
                "/auth/update-password",
                json!({"current_password": "x", "new_password": "Passw0rd_2"}),
            ),
            json!({"pointer": "#/current_password"}),
        ),
        (get("/v2/api-keys?page=x"), json!({"parameter": "page"})),
        (
            get("/v2/api-keys?perPage=0"),
            json!({"parameter": "perPage"}),
        ),
        (get("/v2/api-keys?status=x"), json!({"parameter": "status"})),
        (get("/v2/api-keys/x"), json!({"parameter": "id"})),
        (other, json!({"header": "X-Organization-Id"})),
        (named, json!({"header": "Idempotency-Key"})),
        (
            patch(&one, json!({})).insert_header((header::IF_MATCH, "x")),
            json!({"header": "If-Match"}),
        ),
    ] {
        let problem = problem(&api.alice(asking(request)).await);
        let mut expected = place.clone();
        expected["detail"] = problem["message"].clone();
        assert_eq!(problem["errors"], json!([expected]), "{problem}");
    }
}

#[actix_web::test]
async fn they_are_sent_only_to_clients_that_ask_for_them() {
    let api = TestApi::new().await;
    let kind = async |accept: &str| {
        let request = get("/v2/api-keys").insert_header((header::ACCEPT, accept));
        let answer = api.send(request).await;
        answer.header(header::CONTENT_TYPE).to_owned()
    };
    for accept in [
        PROBLEM,
        "application/json, application/problem+json",
        "application/problem+json;q=0.5, text/html",
        "Application/Problem+JSON",
        "application/problem+json, */*;q=0.1",
        "application/json;q=0.5, application/problem+json;q=0.9, */*",
    ] {
        assert_eq!(kind(accept).await, PROBLEM, "{accept}");
    }
    for accept in [
        "",
        "*/*",
        "application/*",
        "application/json",
        "application/problem+json;q=0",
        "application/json, application/problem+json;q=0.5",
        "application/problem+json;q=0.5, */*",
        "application/problem+jsonx",
        "text/html, application/problem+json;q=x",
    ] {
        assert_eq!(kind(accept).await, "application/json", "{accept}");
    }
    let request = asking(get("/v2/api-keys"));
    let accepted = api.alice(request).await;
    assert_eq!(accepted.header(header::CONTENT_TYPE), "application/json");
}
