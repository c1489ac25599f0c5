//! Calls of the REST interface.

use super::{api_answer, failure::Failure, server_url::ServerUrl, tls};
use serde_json::Value;
use std::{
    io::ErrorKind,
    sync::atomic::{AtomicBool, Ordering},
    thread::sleep,
    time::Duration,
};
use ureq::{
    Agent, Body,
    http::{Method, Request, Response, header, request::Builder},
};
use zeroize::Zeroizing;

/// How long a server may take to be connected to.
const CONNECT: Duration = Duration::from_secs(10);
/// How long it may take to answer: a change waits for all nodes.
const ANSWER: Duration = Duration::from_secs(60);
/// The largest answer that is read: a page of long keys.
const LARGEST: u64 = 64 * 1_024 * 1_024;
/// How often a call is made that may be repeated.
const ATTEMPTS: u32 = 5;
/// The longest pause before it is made again.
const LONGEST_PAUSE: u64 = 10;

/// With what the commands sign in.
pub enum Credential {
    /// A key.
    Key(Zeroizing<String>),
    /// What the cookie of a session holds.
    Session(Zeroizing<String>),
}

/// A server, and who asks it.
pub struct Client {
    agent: Agent,
    url: ServerUrl,
    credential: Credential,
    /// Whether it is there: then it may come back.
    has_answered: AtomicBool,
    /// Whether a change is asked for that is not answered yet.
    is_changing: AtomicBool,
}

/// One call.
#[derive(Clone, Default)]
pub(super) struct Call {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
    organization: Option<i64>,
    /// Whether it may be made again without a second effect, by this text.
    idempotency_key: Option<String>,
}

// === impl Call ===

impl Call {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            ..Self::default()
        }
    }

    /// Adds a parameter.
    pub(super) fn with(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Adds a parameter, if there is a value.
    pub(super) fn with_some(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(super) fn body(self, body: Value) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    /// Acts for this organization.
    pub(super) fn in_organization(self, organization: Option<i64>) -> Self {
        Self {
            organization,
            ..self
        }
    }

    /// Lets it be made again.
    pub(super) fn named(self, idempotency_key: String) -> Self {
        Self {
            idempotency_key: Some(idempotency_key),
            ..self
        }
    }

    fn may_be_repeated(&self) -> bool {
        self.method == Method::GET || self.idempotency_key.is_some()
    }

    fn target(&self) -> String {
        let mut target = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target += &format!("{}={}", escaped(name), escaped(value));
        }
        target
    }
}

/// Returns text as a part of a query.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'*' => {
                escaped.push(char::from(byte));
            }
            _ => escaped += &format!("%{byte:02X}"),
        }
    }
    escaped
}

// === impl Client ===

impl Client {
    /// Returns a client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// If TLS is asked for and this machine has no root certificates.
    pub fn new(url: ServerUrl, credential: Credential) -> Result<Self, Failure> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would carry the credentials elsewhere.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // So would a proxy that a variable names.
            .proxy(None)
            .user_agent(concat!("apikey-server/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .timeout_recv_body(Some(ANSWER));
        let config = match url.is_https() {
            true => config.tls_config(tls::config()?),
            false => config,
        };
        Ok(Self {
            agent: config.build().new_agent(),
            url,
            credential,
            has_answered: AtomicBool::new(false),
            is_changing: AtomicBool::new(false),
        })
    }

    /// Ends the session, if it signed in with one.
    pub fn sign_out(&self) -> Result<(), Failure> {
        match self.credential {
            Credential::Session(_) => self
                .call(&Call::new(Method::POST, "/auth/logout"))
                .map(drop),
            Credential::Key(_) => Ok(()),
        }
    }

    /// Makes a call, and returns the body of its answer.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached, refuses it or fails.
    pub(super) fn call(&self, call: &Call) -> Result<String, Failure> {
        let is_change = call.method != Method::GET;
        self.is_changing.store(is_change, Ordering::Relaxed);
        let answered = self.call_again(call);
        self.is_changing.store(false, Ordering::Relaxed);
        answered
    }

    /// Returns whether it is not known what becomes of a change, should the process end now.
    pub fn is_changing(&self) -> bool {
        self.is_changing.load(Ordering::Relaxed)
    }

    fn call_again(&self, call: &Call) -> Result<String, Failure> {
        let mut attempt = 1;
        loop {
            let is_last = attempt >= ATTEMPTS || !call.may_be_repeated();
            let pause = match self.send(call) {
                Ok(response) if response.status() == 503 && !is_last => pause(&response),
                Ok(response) => return self.read(call, response),
                Err(error) if !is_last && self.may_come_back(&error) => 1,
                Err(error) => return Err(self.unreachable(call, &error)),
            };
            attempt += 1;
            sleep(Duration::from_secs(pause));
        }
    }

    /// Returns whether another attempt may be answered. Where nobody listens who ever
    /// answered, there is no use in waiting.
    fn may_come_back(&self, error: &ureq::Error) -> bool {
        match error {
            // A certificate that is not trusted is such an error, too.
            ureq::Error::Io(error) => {
                let kind = error.kind();
                let is_there = self.has_answered.load(Ordering::Relaxed);
                is_there || !matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::InvalidData)
            }
            ureq::Error::Protocol(_) => true,
            _ => false,
        }
    }

    fn send(&self, call: &Call) -> Result<Response<Body>, ureq::Error> {
        let uri = format!("{}{}", self.url.as_str(), call.target());
        let request = Request::builder().method(call.method.clone()).uri(uri);
        let request = self.signed(request, call);
        match &call.body {
            // Where a body may be, its length is said.
            None if call.method == Method::POST => self.agent.run(request.body("")?),
            None => self.agent.run(request.body(())?),
            Some(body) => {
                let content_type = match call.method {
                    Method::PATCH if call.path.starts_with("/v2/api-keys/") => {
                        "application/merge-patch+json"
                    }
                    _ => "application/json",
                };
                let request = request.header(header::CONTENT_TYPE, content_type);
                self.agent.run(request.body(body.to_string())?)
            }
        }
    }

    fn signed(&self, request: Builder, call: &Call) -> Builder {
        let (name, value) = match &self.credential {
            Credential::Key(key) => (header::AUTHORIZATION, format!("Bearer {}", **key)),
            Credential::Session(token) => (header::COOKIE, format!("gpustack_session={}", **token)),
        };
        let mut request = request.header(name, value);
        if let Some(id) = call.organization {
            request = request.header("x-organization-id", id.to_string());
        }
        if let Some(key) = &call.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        request
    }

    fn read(&self, call: &Call, mut response: Response<Body>) -> Result<String, Failure> {
        let status = response.status().as_u16();
        self.has_answered.store(true, Ordering::Relaxed);
        let body = response
            .body_mut()
            .with_config()
            .limit(LARGEST)
            .read_to_vec();
        let body = body.map_err(|error| self.unreachable(call, &error))?;
        if status != 200 {
            let what = format!("{} {}", call.method, call.path);
            return Err(api_answer::failure(&what, status, &body));
        }
        String::from_utf8(body).map_err(Failure::unreadable)
    }

    fn unreachable(&self, call: &Call, error: &ureq::Error) -> Failure {
        let unknown = match call.method {
            Method::GET => "",
            _ => ": whether it was done is not known",
        };
        let url = self.url.as_str();
        Failure::Failed(format!(
            "the server {url} cannot be reached{unknown}: {error}"
        ))
    }
}

/// Returns how many seconds a server asks to wait.
fn pause(response: &Response<Body>) -> u64 {
    let after = response.headers().get(header::RETRY_AFTER);
    let seconds = after.and_then(|after| after.to_str().ok()?.parse().ok());
    seconds.unwrap_or(1).clamp(1, LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_escaped() {
        let call = Call::get("/v2/users")
            .with("search", "a b&c=ä")
            .with("user_id", "*");
        assert_eq!(
            call.target(),
            "/v2/users?search=a%20b%26c%3D%C3%A4&user_id=*"
        );
        assert!(call.may_be_repeated());
        let change = Call::new(Method::POST, "/v2/api-keys");
        assert!(!change.may_be_repeated());
        assert!(change.named("1".to_owned()).may_be_repeated());
    }
}
