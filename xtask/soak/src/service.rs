//! The service as its clients see it: nodes that answer, or do not for a while.

use crate::{
    measured::{Kind, Measured},
    windows::{Missed, Windows},
};
use anyhow::{Context, Result, bail};
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};
use xtask_harness::{
    client::{ByteStream, Client},
    findings::Findings,
    request::{Credentials, Request},
    server::ADMIN,
};

/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// How long a change may have no answer, while it is made again and again.
const CHANGE_LIMIT: Duration = Duration::from_secs(60);

/// The time before a request is made again.
const PAUSE: Duration = Duration::from_millis(25);

/// The nodes, and what became of all requests to them.
pub(crate) struct Service {
    nodes: Vec<(SocketAddr, Client)>,
    pub(crate) windows: Windows,
    pub(crate) measured: Measured,
    pub(crate) findings: Arc<Findings>,
    /// A key of the administrator for `management`.
    admin_key: String,
}

/// An answer that is not 503.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// Whether the request was made before without an answer.
    pub(crate) is_repeated: bool,
}

// === impl Service ===

impl Service {
    /// Begins with nodes that are ready.
    pub(crate) async fn new(nodes: &[SocketAddr], findings: Arc<Findings>) -> Result<Self> {
        let client = |address: &SocketAddr| anyhow::Ok((*address, Client::new(*address)?));
        let mut service = Self {
            nodes: nodes.iter().map(client).collect::<Result<_>>()?,
            windows: Windows::default(),
            measured: Measured::default(),
            findings,
            admin_key: String::new(),
        };
        let body = serde_json::json!({"name": "the administrator's"});
        let request = Request::post("/v2/api-keys", &body).by(ADMIN);
        let made = service.change(Kind::Create, 0, &request).await?.json(200)?;
        made["value"]
            .as_str()
            .context("a key without value")?
            .clone_into(&mut service.admin_key);
        Ok(service)
    }

    /// Returns how many nodes there are.
    pub(crate) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the address of a node.
    pub(crate) fn address(&self, node: usize) -> SocketAddr {
        self.nodes[node].0
    }

    /// Chooses a node.
    pub(crate) fn draw_node(&self, random: u64) -> usize {
        (random % self.nodes.len() as u64) as usize
    }

    /// Returns the administrator: with their password, or with their key.
    pub(crate) fn admin(&self, random: u64) -> Credentials<'_> {
        match random % 2 {
            0 => ADMIN,
            _ => Credentials::Key(&self.admin_key),
        }
    }

    /// Sends a request and returns its answer; nothing if there is none, or 503. Then it is
    /// looked whether that may be.
    pub(crate) async fn ask(&self, kind: Kind, node: usize, request: &Request) -> Option<Reply> {
        let sent_at = Instant::now();
        let sending = self.nodes[node].1.send_whole(request);
        let (reply, shown) = match timeout(ANSWER_LIMIT, sending).await {
            Ok(Ok(answer)) if answer.status == 503 => (None, format!("503 {}", answer.body)),
            Ok(Ok(answer)) => {
                let reply = Reply {
                    status: answer.status,
                    headers: answer.headers,
                    body: answer.body,
                    is_repeated: false,
                };
                (Some(reply), String::new())
            }
            Ok(Err(error)) => (None, format!("no answer: {error:#}")),
            Err(_) => {
                let path = request.path();
                self.wrong(format!("node {node}, {path}: nothing in {ANSWER_LIMIT:?}"));
                (None, String::new())
            }
        };
        let Some(reply) = reply else {
            let missed = Missed {
                sent_at,
                ended_at: Instant::now(),
                is_verification: kind.is_verification(),
                is_refused: shown.starts_with("503"),
            };
            if !self.windows.excuse(missed) {
                let path = request.path();
                self.wrong(format!("node {node}, {path}: {shown}"));
            }
            sleep(PAUSE).await;
            return None;
        };
        self.measured.add(kind, sent_at.elapsed());
        if reply.status >= 500 {
            let path = request.path();
            let Reply { status, body, .. } = &reply;
            self.wrong(format!("node {node}, {path}: {status} {body}"));
        }
        Some(reply)
    }

    /// Makes a change, again and again until it is answered.
    pub(crate) async fn change(&self, kind: Kind, node: usize, request: &Request) -> Result<Reply> {
        let begun_at = Instant::now();
        let mut is_repeated = false;
        while begun_at.elapsed() < CHANGE_LIMIT {
            if let Some(reply) = self.ask(kind, node, request).await {
                return Ok(Reply {
                    is_repeated,
                    ..reply
                });
            }
            is_repeated = true;
        }
        let path = request.path();
        bail!("node {node}, {path}: not answered in {CHANGE_LIMIT:?}")
    }

    /// Opens a stream.
    pub(crate) async fn stream(&self, node: usize, request: &Request) -> Result<ByteStream> {
        timeout(ANSWER_LIMIT, self.nodes[node].1.stream(request)).await?
    }

    /// Something is wrong.
    pub(crate) fn wrong(&self, what: impl AsRef<str>) {
        self.findings.add(what);
    }
}

// === impl Reply ===

impl Reply {
    /// Returns the JSON of an answer that must have a status.
    pub(crate) fn json(&self, status: u16) -> Result<Value> {
        if self.status != status {
            bail!("answered {} {}", self.status, self.body);
        }
        let parsed = serde_json::from_str(&self.body);
        parsed.with_context(|| format!("no JSON: {}", self.body))
    }

    /// Returns a header; empty if it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}
