//! Changes, and what is known of them afterwards.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;
use xtask_harness::client::{Answer, Client};
use xtask_harness::request::{Credentials, Request};

use crate::nodes::{COUNT, clients};
use crate::records::{Records, key_fact, key_says};

/// How long an answer is waited for: longer than a node is stopped.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// Sends changes to the nodes, each on a connection of its own: whether one that
/// stood idle still stands would be learned only by a change that gets lost.
#[derive(Debug)]
pub(crate) struct ChangeSender {
    clients: [Client; COUNT],
    /// What the database must hold.
    pub(crate) records: Records,
}

/// What is known of a change.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It took place, with this answer.
    Done(Value),
    /// It did not, and this is why.
    Refused(u16, String),
    /// It may have taken place, or may still do.
    Unknown(String),
}

// === impl ChangeSender ===

impl ChangeSender {
    /// Takes the nodes.
    pub(crate) fn new(addresses: [SocketAddr; COUNT]) -> Result<Self> {
        Ok(Self {
            clients: clients(addresses, Client::without_idle_connections)?,
            records: Records::default(),
        })
    }

    /// Returns the client of a node.
    pub(crate) fn client(&self, node: usize) -> &Client {
        &self.clients[node]
    }

    /// Sends a request and returns what is known of it then.
    pub(crate) async fn send(&self, node: usize, request: Request) -> Outcome {
        match timeout(ANSWER_LIMIT, self.clients[node].send(&request)).await {
            Ok(Ok(answer)) => Outcome::of(&answer),
            Ok(Err(error)) => Outcome::Unknown(format!("{error:#}")),
            Err(_) => Outcome::Unknown(format!("no answer in {} s", ANSWER_LIMIT.as_secs())),
        }
    }

    /// Creates a key by a request that has no body yet, and records what is known
    /// then.
    pub(crate) async fn create_key(
        &self,
        node: usize,
        request: Request,
        name: &str,
        scope: &[&str],
        models: &Value,
    ) -> Outcome {
        let fact = key_fact(name);
        let body = json!({"name": name, "scope": scope, "allowed_model_names": models});
        self.records.begin(&fact);
        let outcome = self.send(node, request.json(&body)).await;
        match &outcome {
            Outcome::Done(_) => {
                let says = key_says(scope, models);
                self.records.settle(&fact, Some(&says));
            }
            Outcome::Refused(..) => self.records.settle(&fact, None),
            Outcome::Unknown(_) => {}
        }
        outcome
    }
}

// === impl Outcome ===

impl Outcome {
    /// Returns the answer of a change that took place.
    pub(crate) fn expect_done(self, what: &str) -> Result<Value> {
        match self {
            Self::Done(answer) => Ok(answer),
            Self::Refused(status, why) => bail!("{what}: {status} {why}"),
            Self::Unknown(why) => bail!("{what}: {why}"),
        }
    }

    fn of(answer: &Answer) -> Self {
        let body = &answer.body;
        match answer.status {
            200..300 => match serde_json::from_str(body) {
                Ok(value) => Self::Done(value),
                Err(error) => Self::Refused(answer.status, format!("no JSON ({error}): {body}")),
            },
            503 => Self::Unknown(format!("503 {body}")),
            status => Self::Refused(status, body.clone()),
        }
    }
}

/// Finds a number in an answer.
pub(crate) fn number(answer: &Value, field: &str) -> Result<i64> {
    let number = answer[field].as_i64();
    number.with_context(|| format!("no number `{field}` in {answer}"))
}

/// Finds a text in an answer.
pub(crate) fn text(answer: &Value, field: &str) -> Result<String> {
    let text = answer[field].as_str().map(str::to_owned);
    text.with_context(|| format!("no text `{field}` in {answer}"))
}

/// Begins a request that shows a key.
pub(crate) fn with_key(method: Method, path: &str, key: &str) -> Request {
    Request::new(method, path).by(Credentials::Key(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, body: &str) -> Outcome {
        let body = body.to_owned();
        Outcome::of(&Answer { status, body })
    }

    #[test]
    fn only_an_unavailable_server_leaves_a_change_open() {
        assert!(matches!(outcome(200, "null"), Outcome::Done(Value::Null)));
        assert!(matches!(outcome(503, "{}"), Outcome::Unknown(_)));
        for status in [401, 404, 409, 500] {
            assert!(matches!(outcome(status, "{}"), Outcome::Refused(..)));
        }
    }
}
