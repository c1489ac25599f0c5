//! The examples of the description: what was sent, and what was answered. Each call is made
//! in this order, in one world.

mod refusals;

use super::{compare, conformity::Asked, operations};
use crate::support::{TestApi, TestResponse, by, with_cookie};
use actix_web::{http::Method, test::TestRequest};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Where they are kept, for the description is compiled with them.
const FILE: &str = "src/openapi/examples.json";

/// Who calls which route, with which body; `{key}` stands for the value of the first key, and
/// `{made}` for what was made last. alice is user 2, bob 3 and carol 4.
const STORY: &str = r#"
alice POST /v2/api-keys {"name": "ci", "description": "nightly builds", "scope": ["inference"], "allowed_model_names": ["qwen3-0.6b"], "expires_in": 2592000, "metadata": {"team": "search"}}
root POST /v2/users/2/api-keys {"name": "first"}
alice POST /v2/api-keys/verify {"key": "{key}", "scope": "inference", "model": "qwen3-0.6b"}
alice GET /v2/api-keys/1
alice PUT /v2/api-keys/1 {"description": "for CI only"}
alice PATCH /v2/api-keys/1 {"expires_at": "2026-06-30T00:00:00Z", "metadata": {"stage": "test"}}
alice GET /v2/api-keys?sort_by=name&perPage=1
alice POST /v2/api-keys/1/explain {"scope": "inference", "model": "qwen3-0.6b"}
alice GET /v2/reports/hygiene?expiring_days=365
alice POST /v2/api-keys/1/rotate {"activate": "first_use", "grace_period_seconds": 3600}
alice DELETE /v2/api-keys/1/credentials/2
alice POST /v2/api-keys/1/revoke {"reason": "superseded", "comment": "by ci-2"}
alice DELETE /v2/api-keys/2
root POST /v2/users {"username": "carol", "password": "Passw0rd_1", "full_name": "Carol C."}
root GET /v2/users?perPage=2
root GET /v2/users/4
root PUT /v2/users/4 {"full_name": "Carol Carter"}
root PATCH /v2/users/4/activation {"is_active": true}
root POST /v2/organizations {"name": "Umbrella", "slug": "umbrella"}
root GET /v2/organizations?search=umb
root GET /v2/organizations/{made}
root PUT /v2/organizations/{made} {"description": "Keeps things dry"}
root DELETE /v2/organizations/{made}
alice POST /v2/organizations/{acme}/members {"user_id": 4, "role": "user"}
alice PUT /v2/organizations/{acme}/members/4 {"role": "admin"}
alice GET /v2/organizations/{acme}/members
alice DELETE /v2/organizations/{acme}/members/4
alice GET /v2/users/me
alice PUT /v2/users/me {"full_name": "Alice A."}
alice GET /v2/users/me/organizations
root GET /v2/events?limit=2&kind=member.created
root GET /v2/removals
alice GET /v2/user-directory
root GET /update/
root GET /v2/config
root GET /v2/dashboard
alice GET /v2/my-models
alice GET /v2/clusters
alice GET /v2/workers
alice GET /v2/usage/resource-events
alice POST /v2/usage/breakdown {"page": 1, "perPage": 10}
root DELETE /v2/users/4
nobody GET /auth/config
nobody POST /auth/login {"username": "alice", "password": "Passw0rd_1"}
session GET /v2/users/me/sessions
session DELETE /v2/users/me/sessions/2
alice POST /auth/update-password {"current_password": "Passw0rd_1", "new_password": "Passw0rd_2"}
nobody GET /healthz
nobody GET /livez
nobody GET /readyz
nobody GET /version
"#;

/// Makes one call of the story.
async fn call(api: &TestApi, line: &str, key: &str) -> (Asked, Value, TestResponse) {
    let parts: Vec<_> = line.splitn(4, ' ').collect();
    let (who, method, path) = (parts[0], parts[1], parts[2]);
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let asked = Asked::new(&method, path.split('?').next().unwrap());
    let mut request = TestRequest::with_uri(path).method(method);
    let body = parts.get(3).map_or(Value::Null, |body| {
        serde_json::from_str(&body.replace("{key}", key)).unwrap()
    });
    if !body.is_null() {
        request = request.set_json(&body);
    }
    let request = match who {
        "nobody" => request,
        // Another one for each call.
        "session" => with_cookie(&api.cookie("bob").await, request),
        name => by(name, request),
    };
    let answer = api.send(request).await;
    assert_eq!(answer.status, 200, "{line}: {}", answer.body);
    (asked, body, answer)
}

#[actix_web::test]
async fn each_example_was_answered() {
    let api = TestApi::new().await;
    let (mut told, mut key, mut made) = (Map::new(), String::new(), String::new());
    let acme = api.acme.id.to_string();
    for line in STORY.trim().lines() {
        let line = line.replace("{made}", &made).replace("{acme}", &acme);
        let (asked, request, answer) = call(&api, &line, &key).await;
        let answer = answer.json();
        if let Some(id) = answer["id"].as_i64().filter(|_| line.contains(" POST ")) {
            made = id.to_string();
        }
        if let Some(value) = answer["value"].as_str().filter(|_| key.is_empty()) {
            key = value.to_owned();
        }
        let example = json!({"request": request, "answer": answer});
        assert!(
            told.insert(asked.name(), example).is_none(),
            "twice: {line}"
        );
    }
    let shown: BTreeSet<_> = told.keys().map(String::as_str).collect();
    let answers_json = |operation: &Value| {
        let answer = operation.pointer("/responses/200/content/application~1json");
        answer.is_some() && operation["operationId"] != "getDescription"
    };
    let all = operations().filter(|(_, operation)| answers_json(operation));
    let all: BTreeSet<_> = all
        .map(|(_, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(shown, all);
    compare(
        FILE,
        &json!({"operations": told, "refusals": refusals::each().await}),
    );
}
