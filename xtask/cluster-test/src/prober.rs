//! Asks nodes about rights, and judges what they answer.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;
use tokio::time::timeout;
use xtask_harness::client::{Answer, Client};
use xtask_harness::expectation::Ticket;
use xtask_harness::request::{Credentials, Request};

use crate::counts::Counts;
use crate::fault_window::{FaultWindow, Mark};
use crate::findings::Findings;
use crate::lock::locked;
use crate::nodes::{COUNT, clients};
use crate::rights::{Question, Reply, Right};

/// How long an answer is waited for: longer than a node is stopped, so that
/// what it answers when it goes on is seen.
const ANSWER_LIMIT: Duration = Duration::from_secs(25);

/// Which call is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// `/auth/verify`, which a gateway asks.
    Gateway,
    /// `POST /v2/api-keys/verify`, which a backend asks.
    Backend,
}

/// Asks nodes about rights, and judges what they answer.
pub(crate) struct Prober {
    clients: [Client; COUNT],
    /// Shown by questions of backends.
    key: String,
    window: Arc<FaultWindow>,
    findings: Arc<Findings>,
    /// What was answered so far.
    counts: Mutex<Counts>,
}

// === impl Prober ===

impl Prober {
    /// Takes the nodes, and a key that may ask backends' questions.
    pub(crate) fn new(
        addresses: [SocketAddr; COUNT],
        key: String,
        window: Arc<FaultWindow>,
        findings: Arc<Findings>,
    ) -> Result<Self> {
        Ok(Self {
            clients: clients(addresses, Client::new)?,
            key,
            window,
            findings,
            counts: Mutex::default(),
        })
    }

    /// Returns how many questions were answered how so far.
    pub(crate) fn counts(&self) -> Counts {
        *locked(&self.counts)
    }

    /// Asks as a gateway does.
    pub(crate) async fn probe(&self, node: usize, right: &Right) -> Option<Reply> {
        self.probe_by(node, Call::Gateway, right).await
    }

    /// Asks, judges the answer and returns it; nothing when there is none.
    pub(crate) async fn probe_by(&self, node: usize, call: Call, right: &Right) -> Option<Reply> {
        let request = call.request(&right.question, &self.key);
        let before = (self.window.mark(), right.ask());
        match self.exchange(node, &request).await {
            Ok(answer) => match call.read(&answer) {
                Ok(reply) => {
                    self.judge(node, right, before, reply);
                    return Some(reply);
                }
                Err(error) => self.findings.add(format!("node {node}: {error:#}")),
            },
            Err(error) if self.window.was_closed_since(before.0) => {
                let error = format!("node {node} gave no answer without a fault: {error:#}");
                self.findings.add(error);
            }
            Err(_) => {}
        }
        locked(&self.counts).add(None);
        None
    }

    fn judge(&self, node: usize, right: &Right, before: (Mark, Ticket), reply: Reply) {
        locked(&self.counts).add(Some(reply));
        let (mark, ticket) = before;
        let (name, is_without_fault) = (&right.name, self.window.was_closed_since(mark));
        match reply {
            Reply::Accepted if !right.admits(ticket, reply) => self.findings.add(format!(
                "node {node} ACCEPTED {name} though its revocation was answered before it was asked"
            )),
            Reply::Accepted
                if (self.window).was_without_lease_since(mark, node, ticket.asked_at) =>
            {
                let late = format!("node {node} accepted {name} long after it lost its database");
                self.findings.add(late);
            }
            Reply::Refused if is_without_fault && !right.admits(ticket, reply) => {
                let refused = format!("node {node} refused {name}, which is granted");
                self.findings.add(refused);
            }
            Reply::Unavailable if is_without_fault => {
                let unavailable = format!("node {node} answered 503 without a fault");
                self.findings.add(unavailable);
            }
            Reply::Accepted | Reply::Refused | Reply::Unavailable => {}
        }
    }

    async fn exchange(&self, node: usize, request: &Request) -> Result<Answer> {
        let answer = timeout(ANSWER_LIMIT, self.clients[node].send(request)).await;
        let answer = answer.context("too late")??;
        if answer.status == 408 {
            // A stopped node that goes on finds that the question took too long.
            bail!("the question was not read in time");
        }
        Ok(answer)
    }
}

// === impl Call ===

impl Call {
    fn request(self, question: &Question, key: &str) -> Request {
        let Question {
            key: asked,
            scope,
            model,
        } = question;
        match self {
            Self::Gateway => {
                let path = format!("/auth/verify?scope={scope}");
                let request = Request::get(path).header("x-api-key", asked);
                match model {
                    Some(model) => request.header("x-model", *model),
                    None => request,
                }
            }
            Self::Backend => {
                let json = json!({"key": asked, "scope": scope, "model": model});
                Request::post("/v2/api-keys/verify", &json).by(Credentials::Key(key))
            }
        }
    }

    fn read(self, answer: &Answer) -> Result<Reply> {
        let body = &answer.body;
        match (self, answer.status) {
            (Self::Gateway, 200) => Ok(Reply::Accepted),
            (Self::Gateway, 401 | 403) => Ok(Reply::Refused),
            (Self::Backend, 200) if body.contains(r#""valid":true"#) => Ok(Reply::Accepted),
            (Self::Backend, 200) if body.contains(r#""valid":false"#) => Ok(Reply::Refused),
            (_, 503) => Ok(Reply::Unavailable),
            (_, status) => bail!("a strange answer: {status} {body}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(call: Call, status: u16, body: &str) -> Result<Reply> {
        let body = body.to_owned();
        call.read(&Answer { status, body })
    }

    #[test]
    fn both_calls_answer_the_same() {
        for (status, expected) in [(200, Reply::Accepted), (401, Reply::Refused)] {
            assert_eq!(read(Call::Gateway, status, "").unwrap(), expected);
        }
        let valid = r#"{"valid":true,"code":"Valid"}"#;
        assert_eq!(read(Call::Backend, 200, valid).unwrap(), Reply::Accepted);
        let invalid = r#"{"valid":false,"code":"Unknown"}"#;
        assert_eq!(read(Call::Backend, 200, invalid).unwrap(), Reply::Refused);
        for call in [Call::Gateway, Call::Backend] {
            assert_eq!(read(call, 503, "").unwrap(), Reply::Unavailable);
            assert!(read(call, 500, "").is_err());
        }
        assert!(read(Call::Backend, 401, "").is_err());
    }
}
