//! Changes, and what is known of them afterwards.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::time::timeout;

use crate::bench::http::{Answer, Authorization, Connection, Request};
use crate::cluster_test::nodes::COUNT;

/// How long an answer is waited for: longer than a node is stopped.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends changes to the nodes, each on a connection of its own: whether one that
/// stood idle still stands would be learned only by a change that gets lost.
#[derive(Debug, Clone)]
pub(super) struct Manager {
    addresses: [SocketAddr; COUNT],
}

/// What is known of a change.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It took place, with this answer.
    Done(Value),
    /// It did not, and this is why.
    Refused(u16, String),
    /// It may have taken place, or may still do.
    Unknown(String),
}

// === impl Manager ===

impl Manager {
    /// Takes the nodes.
    pub(super) fn new(addresses: [SocketAddr; COUNT]) -> Self {
        Self { addresses }
    }

    /// Sends a request and gives what is known of it then.
    pub(super) async fn send(&self, node: usize, request: Request) -> Outcome {
        match timeout(PATIENCE, self.exchange(node, request)).await {
            Ok(Ok(answer)) => Outcome::of(&answer),
            Ok(Err(error)) => Outcome::Unknown(format!("{error:#}")),
            Err(_) => Outcome::Unknown(format!("no answer in {} s", PATIENCE.as_secs())),
        }
    }

    async fn exchange(&self, node: usize, request: Request) -> Result<Answer> {
        let mut connection = Connection::open(self.addresses[node]).await?;
        connection.exchange(&request.bytes()).await
    }
}

// === impl Outcome ===

impl Outcome {
    /// Gives the answer of a change that took place.
    ///
    /// # Errors
    ///
    /// For any other.
    pub(super) fn expect_done(self, what: &str) -> Result<Value> {
        match self {
            Self::Done(answer) => Ok(answer),
            Self::Refused(status, why) => bail!("{what}: {status} {why}"),
            Self::Unknown(why) => bail!("{what}: {why}"),
        }
    }

    fn of(answer: &Answer) -> Self {
        let body = String::from_utf8_lossy(&answer.body);
        match answer.status {
            200..300 => match serde_json::from_str(&body) {
                Ok(value) => Self::Done(value),
                Err(error) => Self::Refused(answer.status, format!("no JSON ({error}): {body}")),
            },
            503 => Self::Unknown(format!("503 {body}")),
            status => Self::Refused(status, body.into_owned()),
        }
    }
}

/// Finds a number in an answer.
pub(super) fn number(answer: &Value, field: &str) -> Result<i64> {
    let number = answer[field].as_i64();
    number.with_context(|| format!("no number `{field}` in {answer}"))
}

/// Finds a text in an answer.
pub(super) fn text(answer: &Value, field: &str) -> Result<String> {
    let text = answer[field].as_str().map(str::to_owned);
    text.with_context(|| format!("no text `{field}` in {answer}"))
}

/// Begins a request that shows a key.
pub(super) fn with_key(method: &str, path: &str, key: &str) -> Request {
    Request::new(method, path).authorized(Authorization::Key(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, body: &str) -> Outcome {
        Outcome::of(&Answer {
            status,
            body: body.as_bytes().to_vec(),
        })
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
