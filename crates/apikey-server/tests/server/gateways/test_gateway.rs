//! A server, a gateway and a service, for one test.

use super::{
    configuration::{Configuration, Ports},
    gateway::Gateway,
    service::{Arrived, Service},
};
use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use xtask_harness::server::ADMIN_PASSWORD as PASSWORD;
use xtask_programs::port::free_port;

/// All that takes part in a test, and the client.
pub(super) struct TestGateway {
    pub(super) server: TestServer,
    pub(super) api: Client,
    service: Service,
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
    /// Starts everything, with one of the shipped configurations.
    pub(super) async fn start(configuration: &Configuration) -> Self {
        let server = TestServer::start(Kind::Sqlite).await;
        let service = Service::start();
        let ports = Ports {
            server: server.address.port(),
            service: service.port,
            gateway: free_port().unwrap(),
        };
        Self {
            gateway: Gateway::start(configuration, &ports).await,
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
        self.created(request, scope, models).await
    }

    /// Creates an organization and a key that it owns.
    pub(super) async fn organization_and_its_key(&self) -> (i64, Key) {
        let request = self.api.as_admin(Method::POST, "/v2/organizations");
        let (status, body) = answer(request.json(&json!({"name": "Acme", "slug": "acme"}))).await;
        assert_eq!(status, 200, "{body}");
        let id = body["id"].as_i64().unwrap();
        let request = self.api.as_admin(Method::POST, "/v2/api-keys");
        let request = request.header("X-Organization-Id", id);
        (id, self.created(request, "inference", &[]).await)
    }

    /// Creates a user and a key for them.
    pub(super) async fn key_of(&self, username: &str) -> Key {
        let user = json!({"username": username, "password": PASSWORD});
        let request = self.api.as_admin(Method::POST, "/v2/users");
        let (status, body) = answer(request.json(&user)).await;
        assert_eq!(status, 200, "{body}");
        let request = self.api.request(Method::POST, "/v2/api-keys");
        let request = request.basic_auth(username, Some(PASSWORD));
        self.created(request, "inference", &[]).await
    }

    async fn created(&self, request: RequestBuilder, scope: &str, models: &[&str]) -> Key {
        let name = format!("{scope} {models:?}");
        let body = json!({"name": name, "scope": [scope], "allowed_model_names": models});
        let (status, body) = answer(request.json(&body)).await;
        assert_eq!(status, 200, "{body}");
        Key {
            id: body["id"].as_i64().unwrap(),
            value: body["value"].as_str().unwrap().to_owned(),
        }
    }

    /// The first administrator, as the server shows it.
    pub(super) async fn admin(&self) -> Value {
        let request = self.api.as_admin(Method::GET, "/v2/users/me");
        answer(request).await.1
    }

    /// A request to the gateway.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// A request to the gateway with a key.
    pub(super) fn get(&self, path: &str, key: &Key) -> RequestBuilder {
        self.request(Method::GET, path).bearer_auth(&key.value)
    }

    /// Sends a request, and answers with the answer all that reached the
    /// service.
    pub(super) async fn outcome(&self, request: RequestBuilder) -> (Response, Vec<Arrived>) {
        let response = request.send().await.unwrap();
        (response, self.service.take())
    }

    /// Sends a request that must be let through, and answers it as it reached
    /// the service.
    pub(super) async fn let_through(&self, request: RequestBuilder) -> Arrived {
        let (response, mut arrived) = self.outcome(request).await;
        assert_eq!(response.status(), 200, "{}", self.gateway.log());
        assert_eq!(response.text().await.unwrap(), "service");
        assert_eq!(arrived.len(), 1, "{arrived:?}");
        arrived.remove(0)
    }

    /// Sends a request that must not reach the service, and answers the status
    /// and the challenge (`WWW-Authenticate`).
    pub(super) async fn refused(&self, request: RequestBuilder) -> (u16, String) {
        let (response, arrived) = self.outcome(request).await;
        assert!(arrived.is_empty(), "{arrived:?}");
        let challenges = response.headers().get_all("www-authenticate");
        let challenges = challenges.iter().map(|value| value.to_str().unwrap());
        let challenges = challenges.collect::<Vec<_>>().join(" | ");
        (response.status().as_u16(), challenges)
    }
}
