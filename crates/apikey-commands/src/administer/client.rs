//! Calls of the REST interface.

use super::{api_answer, call::Call, failure::Failure, server_url::ServerUrl, tls};
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

/// An answer that was read to its end.
struct Answer {
    status: u16,
    /// How many seconds the server asks to wait.
    pause: u64,
    body: Vec<u8>,
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
            let pause = match self.ask(call) {
                Ok(answer) if answer.status == 503 && !is_last => answer.pause,
                Ok(answer) => return answer.taken(call),
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

    /// Makes a call once. An answer that breaks off is none.
    fn ask(&self, call: &Call) -> Result<Answer, ureq::Error> {
        let mut response = self.send(call)?;
        self.has_answered.store(true, Ordering::Relaxed);
        let body = response
            .body_mut()
            .with_config()
            .limit(LARGEST)
            .read_to_vec()?;
        Ok(Answer {
            status: response.status().as_u16(),
            pause: pause(&response),
            body,
        })
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

// === impl Answer ===

impl Answer {
    /// Returns the body of an answer that is none of a failure.
    fn taken(self, call: &Call) -> Result<String, Failure> {
        if self.status != 200 {
            let what = format!("{} {}", call.method, call.path);
            return Err(api_answer::failure(&what, self.status, &self.body));
        }
        String::from_utf8(self.body).map_err(Failure::unreadable)
    }
}

/// Returns how many seconds a server asks to wait.
fn pause(response: &Response<Body>) -> u64 {
    let after = response.headers().get(header::RETRY_AFTER);
    let seconds = after.and_then(|after| after.to_str().ok()?.parse().ok());
    seconds.unwrap_or(1).clamp(1, LONGEST_PAUSE)
}
