//! Requests that can be sent to any server.

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Method, RequestBuilder, header};
use serde_json::Value;

/// Who sends a request.
#[derive(Debug, Clone, Copy)]
pub enum Credentials<'a> {
    /// Nobody in particular.
    None,
    /// The holder of an API key.
    Key(&'a str),
    /// A user, with their name and password.
    Password(&'a str, &'a str),
}

/// A request that can be sent to any server.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// A name, if there is one, and a password or key.
    credentials: Option<(Option<String>, String)>,
    headers: Vec<(&'static str, String)>,
    json: Option<String>,
}

// === impl Request ===

impl Request {
    /// Makes a request without credentials and body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            ..Self::default()
        }
    }

    /// Makes a request that reads.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Makes a request that sends JSON with POST.
    pub fn post(path: impl Into<String>, json: &Value) -> Self {
        Self::new(Method::POST, path).json(json)
    }

    /// Returns the path, with the query if there is one.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Says who sends it.
    pub fn by(mut self, credentials: Credentials<'_>) -> Self {
        let owned = str::to_owned;
        self.credentials = match credentials {
            Credentials::None => None,
            Credentials::Key(key) => Some((None, owned(key))),
            Credentials::Password(name, password) => Some((Some(owned(name)), owned(password))),
        };
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the body.
    pub fn json(mut self, json: &Value) -> Self {
        self.json = Some(json.to_string());
        self
    }

    /// Returns the request as HTTP/1.1 writes it.
    pub fn to_http(&self) -> String {
        let mut text = format!(
            "{} {} HTTP/1.1\r\nhost: harness\r\n",
            self.method, self.path
        );
        match &self.credentials {
            Some((Some(name), password)) => {
                let pair = BASE64_STANDARD.encode(format!("{name}:{password}"));
                text += &format!("authorization: Basic {pair}\r\n");
            }
            Some((None, key)) => text += &format!("authorization: Bearer {key}\r\n"),
            None => {}
        }
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        match &self.json {
            Some(json) => text + &format!("content-length: {}\r\n\r\n{json}", json.len()),
            None => text + "\r\n",
        }
    }

    /// Adds what the request holds to one that has method and address.
    pub(crate) fn complete(&self, mut builder: RequestBuilder) -> RequestBuilder {
        builder = match &self.credentials {
            Some((Some(name), password)) => builder.basic_auth(name, Some(password)),
            Some((None, key)) => builder.bearer_auth(key),
            None => builder,
        };
        let headers = self.headers.iter();
        builder = headers.fold(builder, |builder, (name, value)| {
            builder.header(*name, value)
        });
        match &self.json {
            Some(json) => builder
                .header(header::CONTENT_TYPE, "application/json")
                .body(json.clone()),
            None => builder,
        }
    }
}
