//! A gateway with its server and service, for one test.

use super::{
    configuration::{Configuration, Ports},
    gateway::Gateway,
    service::{ReceivedRequest, Service},
};
use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};
use xtask_harness::server::ADMIN_PASSWORD as PASSWORD;
use xtask_programs::port::free_port;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A gateway, the server and the service behind it, and a client.
pub(super) struct TestGateway {
    pub(super) server: TestServer,
    pub(super) api: Client,
    pub(super) service: Service,
    /// Where the gateway listens.
    pub(super) port: u16,
    gateway: Gateway,
    base: String,
    http: reqwest::Client,
}

/// A key that was created for a test.
pub(super) struct Key {
    pub(super) id: i64,
    pub(super) value: String,
}

impl TestGateway {
    /// Starts all processes, with one of the shipped configurations and these
    /// arguments of the server.
    pub(super) async fn start(configuration: &Configuration, arguments: &[&str]) -> Self {
        let server = TestServer::start_with(Kind::Sqlite, arguments).await;
        let service = Service::start();
        let ports = Ports {
            server: server.address.port(),
            service: service.port,
            gateway: free_port().unwrap(),
        };
        Self {
            gateway: Gateway::start(configuration, &ports).await,
            port: ports.gateway,
            base: format!("http://127.0.0.1:{}", ports.gateway),
            api: Client::new(&server),
            http: reqwest::Client::new(),
            server,
            service,
        }
    }

    /// Creates a key for the first administrator.
    pub(super) async fn key(&self, scope: &str, models: &[&str]) -> Key {
        let request = self.api.as_admin(Method::POST, "/v2/api-keys");
        self.create_key(request, scope, models).await
    }

    /// Creates an organization and a key that it owns.
    pub(super) async fn organization_and_its_key(&self) -> (i64, Key) {
        let request = self.api.as_admin(Method::POST, "/v2/organizations");
        let (status, body) = answer(request.json(&json!({"name": "Acme", "slug": "acme"}))).await;
        assert_eq!(status, 200, "{body}");
        let id = body["id"].as_i64().unwrap();
        let request = self.api.as_admin(Method::POST, "/v2/api-keys");
        let request = request.header("X-Organization-Id", id);
        (id, self.create_key(request, "inference", &[]).await)
    }

    /// Creates a user and a key for them.
    pub(super) async fn key_of(&self, username: &str) -> Key {
        let user = json!({"username": username, "password": PASSWORD});
        let request = self.api.as_admin(Method::POST, "/v2/users");
        let (status, body) = answer(request.json(&user)).await;
        assert_eq!(status, 200, "{body}");
        let request = self.api.request(Method::POST, "/v2/api-keys");
        let request = request.basic_auth(username, Some(PASSWORD));
        self.create_key(request, "inference", &[]).await
    }

    async fn create_key(&self, request: RequestBuilder, scope: &str, models: &[&str]) -> Key {
        let name = format!("{scope} {models:?}");
        let body = json!({"name": name, "scope": [scope], "allowed_model_names": models});
        let (status, body) = answer(request.json(&body)).await;
        assert_eq!(status, 200, "{body}");
        Key {
            id: body["id"].as_i64().unwrap(),
            value: body["value"].as_str().unwrap().to_owned(),
        }
    }

    /// Returns the first administrator, as the server shows it.
    pub(super) async fn admin(&self) -> Value {
        let request = self.api.as_admin(Method::GET, "/v2/users/me");
        answer(request).await.1
    }

    /// Returns a request to the gateway.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Returns a request to the gateway with a key.
    pub(super) fn get(&self, path: &str, key: &Key) -> RequestBuilder {
        self.request(Method::GET, path).bearer_auth(&key.value)
    }

    /// Sends a request, and returns the response and all requests that the service
    /// received.
    pub(super) async fn outcome(
        &self,
        request: RequestBuilder,
    ) -> (Response, Vec<ReceivedRequest>) {
        let response = request.send().await.unwrap();
        (response, self.service.take())
    }

    /// Sends bytes, which no HTTP client would choose, and returns the status and all
    /// requests that the service received.
    pub(super) fn raw_outcome(&self, request: &str) -> (u16, Vec<ReceivedRequest>) {
        let (head, received) = self.raw_answer(request);
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("{head:?}")), received)
    }

    /// Sends bytes, and returns the head of the answer and all requests that the
    /// service received.
    pub(super) fn raw_answer(&self, request: &str) -> (String, Vec<ReceivedRequest>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        while !answer.windows(4).any(|window| window == b"\r\n\r\n") {
            let mut piece = [0; 4096];
            match stream.read(&mut piece).unwrap() {
                0 => break,
                length => answer.extend_from_slice(&piece[..length]),
            }
        }
        let answer = String::from_utf8_lossy(&answer).into_owned();
        (answer, self.service.take())
    }

    /// Sends a request that must be forwarded, and returns it as the service received
    /// it.
    pub(super) async fn forwarded(&self, request: RequestBuilder) -> ReceivedRequest {
        let (response, mut received) = self.outcome(request).await;
        assert_eq!(response.status(), 200, "{}", self.gateway.log());
        assert_eq!(response.text().await.unwrap(), "service");
        assert_eq!(received.len(), 1, "{received:?}");
        received.remove(0)
    }

    /// Sends a request that must not reach the service, and returns the status and
    /// the challenge (`WWW-Authenticate`).
    pub(super) async fn refused(&self, request: RequestBuilder) -> (u16, String) {
        let (response, received) = self.outcome(request).await;
        assert!(received.is_empty(), "{received:?}");
        let challenges = response.headers().get_all("www-authenticate");
        let challenges = challenges.iter().map(|value| value.to_str().unwrap());
        let challenges = challenges.collect::<Vec<_>>().join(" | ");
        (response.status().as_u16(), challenges)
    }
}
