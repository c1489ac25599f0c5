//! The app under test, and requests to it.

use crate::description::conformity::Asked;
use actix_http::{BoxedPayloadStream, HttpMessage, Payload, Request, h1};
use actix_web::{
    App, HttpResponse,
    body::{BoxBody, MessageBody, to_bytes},
    http::header::{self, HeaderMap},
    test::{self, TestRequest},
};
use apikey_domain::identity::{
    organization::{Organization, Role},
    user::User,
};
use apikey_http::{
    Api, ReadinessCheck, Version,
    connection::{self, Bounds, Clocks, Connections, Settings},
};
use apikey_testing::TestApp;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::{future::poll_fn, net::SocketAddr, pin::Pin};

/// Serves `api` on a free port until the test ends.
pub(crate) fn serve(api: Api, clocks: Clocks) -> SocketAddr {
    let bounds = Bounds {
        all: 1_000,
        per_address: 1_000,
        trusted_proxies: Default::default(),
    };
    let settings = Settings {
        workers: 1,
        connections: Connections::new(bounds),
        clocks,
        shutdown_seconds: 1,
        access_log: Default::default(),
        on_worker_start: std::sync::Arc::new(|| {}),
    };
    let listener = connection::listen(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    actix_web::rt::spawn(connection::serve(api, listener, settings).unwrap());
    address
}

/// The app with a platform admin `root`, the users `alice` and `bob`, and the
/// organization `acme`, of which alice is an admin and bob a user.
pub(crate) struct TestApi {
    pub(crate) app: TestApp,
    pub(crate) state: Api,
    pub(crate) root: User,
    pub(crate) alice: User,
    pub(crate) bob: User,
    pub(crate) acme: Organization,
}

impl TestApi {
    pub(crate) async fn new() -> Self {
        let app = TestApp::new();
        let root = app.admin("root").await;
        let alice = app.user("alice").await;
        let bob = app.user("bob").await;
        let members = [(&alice, Role::Admin), (&bob, Role::User)];
        let acme = app.organization("acme", &members).await;
        let state = Api {
            keys: app.keys.clone(),
            identity: app.identity.clone(),
            version: Version {
                version: "0.1.0",
                git_commit: "304ff17",
            },
            readiness: ReadinessCheck::new(app.memory.clone()),
            is_draining: Default::default(),
            metrics: Some(Default::default()),
            metrics_access: Default::default(),
            large_answers: Default::default(),
            list_places: Default::default(),
            key_headers: Default::default(),
            trusted_proxies: Default::default(),
            client_address_header: None,
            cors_origins: Default::default(),
        };
        Self {
            app,
            state,
            root,
            alice,
            bob,
            acme,
        }
    }

    /// Sends a request and returns the response with its body unread.
    pub(crate) async fn open(&self, request: TestRequest) -> HttpResponse<BoxBody> {
        let request = request.to_request();
        let asked = Asked::new(request.method(), request.path());
        self.answer(&asked, request).await
    }

    async fn answer(&self, asked: &Asked, request: Request) -> HttpResponse<BoxBody> {
        let configure = apikey_http::configure(self.state.clone());
        let app = test::init_service(App::new().configure(configure)).await;
        let response = test::call_service(&app, request).await;
        let response = response.into_parts().1.map_into_boxed_body();
        asked.check(response.status().as_u16(), response.headers(), None);
        response
    }

    /// Sends a request whose body never arrives, and reads the whole response.
    pub(crate) async fn send_without_body(&self, request: TestRequest) -> TestResponse {
        let pending = Box::pin(stream::pending()) as BoxedPayloadStream;
        let request = request.to_request();
        let asked = Asked::new(request.method(), request.path());
        let (request, _) = request.replace_payload(Payload::Stream { payload: pending });
        let response = self.answer(&asked, request).await;
        read(&asked, response).await
    }

    /// Sends a request and reads the whole response.
    pub(crate) async fn send(&self, request: TestRequest) -> TestResponse {
        let mut request = request.to_request();
        let asked = Asked::new(request.method(), request.path());
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.map_or("", |kind| kind.to_str().unwrap_or_default());
        let kind = kind.to_owned();
        let sent = take_body(&mut request).await;
        let response = self.answer(&asked, request).await;
        if response.status() == 200 {
            asked.check_accepted(&kind, &sent);
        }
        read(&asked, response).await
    }

    /// Sends a request as alice.
    pub(crate) async fn alice(&self, request: TestRequest) -> TestResponse {
        self.send(by("alice", request)).await
    }

    /// Sends a request as bob.
    pub(crate) async fn bob(&self, request: TestRequest) -> TestResponse {
        self.send(by("bob", request)).await
    }

    /// Sends a request as the platform admin.
    pub(crate) async fn root(&self, request: TestRequest) -> TestResponse {
        self.send(by("root", request)).await
    }

    /// Signs a user in with the default password, and returns their cookie.
    pub(crate) async fn cookie(&self, username: &str) -> String {
        let body = json!({"username": username, "password": "Passw0rd_1"});
        let response = self.send(post("/auth/login", body)).await;
        assert_eq!((response.status, &*response.body), (200, "null"));
        let cookie = response.header(header::SET_COOKIE);
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Creates a key for alice and returns its id and value.
    pub(crate) async fn key(&self, body: Value) -> (i64, String) {
        let response = self.alice(post("/v2/api-keys", body)).await.json();
        let value = response["value"].as_str().unwrap().to_owned();
        (response["id"].as_i64().unwrap(), value)
    }

    /// Returns the text of a key in alice's list, byte for byte. The key MUST have
    /// no such end in its texts; its last field is its credentials.
    pub(crate) async fn key_text(&self, id: i64) -> String {
        let list = self.alice(get("/v2/api-keys")).await.body;
        let beginning = format!("{{\"id\":{id},\"name\":");
        let (_, rest) = list.split_once(&beginning).unwrap();
        let (fields, _) = rest.split_once("}]}").unwrap();
        format!("{beginning}{fields}}}]}}")
    }
}

/// A response that was read to its end.
pub(crate) struct TestResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl TestResponse {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Returns status and body, for a snapshot.
    pub(crate) fn shown(&self) -> Value {
        json!({"status": self.status, "body": self.json()})
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Returns status and message as one line; checks the shape of a refusal.
    pub(crate) fn refusal(&self) -> String {
        let body = self.json();
        assert_eq!(body["code"], self.status, "{body}");
        assert_eq!(body.as_object().unwrap().len(), 3, "{body}");
        assert_eq!(self.header(header::CACHE_CONTROL), "no-store");
        assert_eq!(self.header(header::CONTENT_TYPE), "application/json");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        format!("{} {}: {}", self.status, text("reason"), text("message"))
    }

    /// Returns the names of the items of a list.
    pub(crate) fn names(&self) -> Vec<String> {
        let items = self.json()["items"].as_array().unwrap().clone();
        let name = |item: Value| item["name"].as_str().unwrap().to_owned();
        items.into_iter().map(name).collect()
    }
}

/// Returns the body of a request, which keeps it.
async fn take_body(request: &mut Request) -> Bytes {
    let mut body = BytesMut::new();
    let mut payload = request.take_payload();
    while let Some(chunk) = payload.next().await {
        body.extend_from_slice(&chunk.unwrap());
    }
    let body = body.freeze();
    let (_, mut payload) = h1::Payload::create(true);
    payload.unread_data(body.clone());
    *request.payload() = Payload::H1 { payload };
    body
}

/// Reads an answer to its end.
async fn read(asked: &Asked, response: HttpResponse<BoxBody>) -> TestResponse {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = to_bytes(response.into_body()).await.unwrap();
    let body = String::from_utf8_lossy(&body).into_owned();
    asked.check(status, &headers, Some(&body));
    TestResponse {
        status,
        headers,
        body,
    }
}

pub(crate) fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

pub(crate) fn delete(path: &str) -> TestRequest {
    TestRequest::delete().uri(path)
}

pub(crate) fn post(path: &str, body: Value) -> TestRequest {
    TestRequest::post().uri(path).set_json(body)
}

pub(crate) fn put(path: &str, body: Value) -> TestRequest {
    TestRequest::put().uri(path).set_json(body)
}

/// A JSON merge patch.
pub(crate) fn patch(path: &str, body: Value) -> TestRequest {
    let request = TestRequest::patch().uri(path);
    let request = request.insert_header((header::CONTENT_TYPE, "application/merge-patch+json"));
    request.set_payload(body.to_string())
}

/// Authenticates a request as a user with the default password.
pub(crate) fn by(username: &str, request: TestRequest) -> TestRequest {
    with_password(username, "Passw0rd_1", request)
}

pub(crate) fn with_password(username: &str, password: &str, request: TestRequest) -> TestRequest {
    let encoded = BASE64_STANDARD.encode(format!("{username}:{password}"));
    request.insert_header((header::AUTHORIZATION, format!("Basic {encoded}")))
}

pub(crate) fn with_key(key: &str, request: TestRequest) -> TestRequest {
    request.insert_header((header::AUTHORIZATION, format!("Bearer {key}")))
}

pub(crate) fn with_cookie(cookie: &str, request: TestRequest) -> TestRequest {
    request.insert_header((header::COOKIE, cookie))
}

pub(crate) fn in_organization(id: &str, request: TestRequest) -> TestRequest {
    request.insert_header(("x-organization-id", id))
}

/// Returns the next chunk of a streamed body; `None` at its end.
pub(crate) async fn next_chunk(body: &mut BoxBody) -> Option<Result<String, String>> {
    let chunk = poll_fn(|context| Pin::new(&mut *body).poll_next(context)).await;
    chunk.map(|chunk| match chunk {
        Ok(bytes) => Ok(String::from_utf8(bytes.to_vec()).unwrap()),
        Err(error) => Err(error.to_string()),
    })
}
