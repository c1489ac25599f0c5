//! Requests to a test server.

use super::{PASSWORD, Server};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A client of one server.
#[derive(Clone)]
pub(crate) struct Client {
    base: String,
    http: reqwest::Client,
}

impl Client {
    pub(crate) fn new(server: &Server) -> Self {
        Self {
            base: server.base.clone(),
            http: reqwest::Client::new(),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// As the first administrator.
    pub(crate) fn as_admin(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.request(method, path);
        request.basic_auth("admin", Some(PASSWORD))
    }

    /// Creates a key for the first administrator and answers it.
    pub(crate) async fn create_key(&self, name: &str) -> Value {
        let request = self.as_admin(Method::POST, "/v2/api-keys");
        let (status, body) = answer(request.json(&json!({ "name": name }))).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

/// The status and body of the answer.
pub(crate) async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status, body)
}
