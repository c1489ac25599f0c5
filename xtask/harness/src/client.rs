//! The HTTP client of everything but the benchmark's innermost loop.

use crate::request::Request;
use anyhow::{Context, Result, ensure};
use reqwest::{Method, RequestBuilder, Response, header};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};

/// How long a connection that nobody uses is kept: less than a server keeps it,
/// so that no request is lost on one that is just being closed.
const IDLE_LIMIT: Duration = Duration::from_secs(2);

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
}

/// An answer with its whole body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// An answer with its headers and its whole body.
#[derive(Debug, Clone)]
pub struct WholeAnswer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: header::HeaderMap,
    /// The body.
    pub body: String,
}

/// The body of an answer that has no end.
#[derive(Debug)]
pub struct ByteStream(Response);

// === impl Client ===

impl Client {
    /// Makes a client that keeps its connections.
    pub fn new(address: SocketAddr) -> Result<Self> {
        Self::with_idle_connections(address, usize::MAX)
    }

    /// Makes a client that opens a connection for each request: whether one that
    /// stood idle still stands would be learned only by a request that gets
    /// lost.
    pub fn without_idle_connections(address: SocketAddr) -> Result<Self> {
        Self::with_idle_connections(address, 0)
    }

    /// Begins a request for a path of the server.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Sends a request and waits for all of its answer.
    pub async fn send(&self, request: &Request) -> Result<Answer> {
        let WholeAnswer { status, body, .. } = self.send_whole(request).await?;
        Ok(Answer { status, body })
    }

    /// Sends a request and waits for all of its answer, with the headers.
    pub async fn send_whole(&self, request: &Request) -> Result<WholeAnswer> {
        let response = self.begin(request).await?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.text().await.context("the answer breaks off")?;
        Ok(WholeAnswer {
            status,
            headers,
            body,
        })
    }

    /// Signs a person in, and returns the cookie of their session as a browser sends it.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<String> {
        let person = json!({"username": name, "password": password});
        let response = self.begin(&Request::post("/auth/login", &person)).await?;
        let status = response.status();
        ensure!(status == 200, "a sign-in was answered {status}");
        let cookies = response.headers().get_all(header::SET_COOKIE);
        let mut cookies = cookies.iter().filter_map(|cookie| cookie.to_str().ok());
        let cookie = cookies.find(|cookie| cookie.starts_with("gpustack_session="));
        let cookie = cookie.and_then(|cookie| cookie.split(';').next());
        Ok(cookie.context("a sign-in without a cookie")?.to_owned())
    }

    /// Sends a request whose answer has no end.
    pub async fn stream(&self, request: &Request) -> Result<ByteStream> {
        let response = self.begin(request).await?;
        let status = response.status();
        ensure!(status == 200, "a stream was answered {status}");
        Ok(ByteStream(response))
    }

    fn with_idle_connections(address: SocketAddr, count: usize) -> Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .tcp_nodelay(true)
            .pool_idle_timeout(IDLE_LIMIT)
            .pool_max_idle_per_host(count)
            .build()?;
        Ok(Self {
            http,
            base: format!("http://{address}"),
        })
    }

    async fn begin(&self, request: &Request) -> Result<Response> {
        let builder = self.request(request.method.clone(), &request.path);
        let sent = request.complete(builder).send().await;
        sent.context("the server gives no answer")
    }
}

// === impl Answer ===

impl Answer {
    /// Returns the JSON of an answer that is 200.
    pub fn expect_ok(self) -> Result<Value> {
        let Self { status, body } = self;
        ensure!(status == 200, "the server answered {status}: {body}");
        serde_json::from_str(&body).with_context(|| format!("no JSON: {body}"))
    }
}

// === impl ByteStream ===

impl ByteStream {
    /// Reads what comes next; nothing when the stream has ended.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>> {
        let chunk = self.0.chunk().await.context("the stream breaks off")?;
        Ok(chunk.map(|bytes| bytes.to_vec()))
    }
}
