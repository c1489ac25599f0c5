//! The interface below a path of someone's own app: the example that the documentation
//! shows, over a SQLite file.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../examples/mounted/adapters.rs"]
mod adapters;
#[path = "../examples/mounted/app.rs"]
mod app;

use actix_web::{
    App,
    body::MessageBody,
    dev::{Service, ServiceResponse},
    http::StatusCode,
    test::{self, TestRequest},
};
use app::Keys;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Sends a request, and returns the status and the body of the answer.
async fn send<B: MessageBody>(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    request: TestRequest,
) -> (u16, String) {
    let answer = test::call_service(app, request.to_request()).await;
    let status = answer.status().as_u16();
    let body = test::read_body(answer).await;
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

fn ask(path: &str, key: &str) -> TestRequest {
    get(path).insert_header(("authorization", format!("Bearer {key}")))
}

#[actix_web::test]
async fn keys_are_issued_and_verified_below_a_path_of_another_app() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.db");
    let keys = Keys::open(&file).await.unwrap();
    let password = keys.first_password().await.unwrap().unwrap();
    assert!(keys.first_password().await.unwrap().is_none());
    let app = test::init_service(App::new().configure(app::routes(keys.api()))).await;

    let credentials = BASE64_STANDARD.encode(format!("admin:{}", password.expose()));
    let basic = ("authorization", format!("Basic {credentials}"));
    let create = |body: Value| {
        let request = TestRequest::post().uri("/keys/v2/api-keys");
        request.insert_header(basic.clone()).set_json(body)
    };
    let (status, body) = send(&app, create(json!({"name": "ci"}))).await;
    assert_eq!(status, 200, "{body}");
    let created: Value = serde_json::from_str(&body).unwrap();
    let key = created["value"].as_str().unwrap();
    let path = "/keys/auth/verify";
    assert_eq!(send(&app, ask(path, key)).await.0, 200);
    keys.background().run().await.unwrap();
    let (_, list) = send(&app, ask("/keys/v2/api-keys", key)).await;
    assert!(!list.contains("\"last_used_at\":null"), "{list}");

    // A wrong key takes as long as every wrong key does.
    let began = Instant::now();
    let (status, body) = send(&app, ask(path, &format!("{key}x"))).await;
    assert_eq!(status, 401, "{body}");
    assert!(began.elapsed() >= Duration::from_millis(3));

    let path = format!("/keys/v2/api-keys/{}", created["id"]);
    let deletion = TestRequest::delete().uri(&path);
    let deletion = deletion.insert_header(basic.clone());
    assert_eq!(send(&app, deletion).await.0, 200);
    assert_eq!(send(&app, ask("/keys/auth/verify", key)).await.0, 401);

    // The bounds of a body hold wherever the interface is mounted.
    let long = "x".repeat(70 * 1_024);
    let (status, body) = send(&app, create(json!({"name": long}))).await;
    assert_eq!(status, 413, "{body}");

    drop(app);
    keys.close().await;
    let again = Keys::open(&file).await.unwrap();
    assert!(again.first_password().await.unwrap().is_none());
}

#[actix_web::test]
async fn the_other_routes_stay_those_of_the_app() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(&folder.path().join("keys.db")).await.unwrap();
    let app = test::init_service(App::new().configure(app::routes(keys.api()))).await;

    assert_eq!(send(&app, get("/")).await.1, "an app with keys");
    assert_eq!(send(&app, get("/keys/healthz")).await.1, "\"ok\"");
    assert_eq!(send(&app, get("/keys/readyz")).await.1, "\"ok\"");
    for path in ["/healthz", "/v2/api-keys", "/auth/verify", "/other"] {
        let (status, body) = send(&app, get(path)).await;
        assert_eq!((status, body.as_str()), (404, ""), "{path}");
    }
    // Below its path the interface answers in its own shape.
    let (status, body) = send(&app, get("/keys/other")).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["code"]), (404, &json!(404)));
    let (status, _) = send(&app, TestRequest::patch().uri("/keys/v2/api-keys")).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED.as_u16());
    let without = send(&app, get("/keys/v2/api-keys")).await;
    assert_eq!(without.0, 401);
}
