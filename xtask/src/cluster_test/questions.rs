//! Asking a node about a right, and judging what it answers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::time::timeout;

use crate::bench::http::{Answer, Authorization, Connection, Request};
use crate::cluster_test::counts::Counts;
use crate::cluster_test::findings::Findings;
use crate::cluster_test::locked;
use crate::cluster_test::nodes::COUNT;
use crate::cluster_test::rights::{Question, Reply, Right, Ticket, Verdict};
use crate::cluster_test::weather::{Mark, Weather};

/// How long an answer is waited for: longer than a node is stopped, so that
/// what it answers when it goes on is seen.
const PATIENCE: Duration = Duration::from_secs(25);

/// Which call is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// `/auth/verify`, which a gateway asks.
    Gateway,
    /// `POST /v2/api-keys/verify`, which a backend asks.
    Backend,
}

/// Asks, and keeps connections for those who ask once.
pub(super) struct Asker {
    addresses: [SocketAddr; COUNT],
    /// Shown by questions of backends.
    key: String,
    weather: Arc<Weather>,
    findings: Arc<Findings>,
    idle: [Mutex<Vec<Connection>>; COUNT],
    /// What was answered so far.
    pub(super) counts: Counts,
}

// === impl Asker ===

impl Asker {
    /// Takes the nodes, and a key that may ask backends' questions.
    pub(super) fn new(
        addresses: [SocketAddr; COUNT],
        key: String,
        weather: Arc<Weather>,
        findings: Arc<Findings>,
    ) -> Self {
        Self {
            addresses,
            key,
            weather,
            findings,
            idle: Default::default(),
            counts: Counts::default(),
        }
    }

    /// Asks once, on a connection that is open already where there is one.
    pub(super) async fn ask_once(&self, node: usize, right: &Right) -> Option<Reply> {
        let mut connection = locked(&self.idle[node]).pop();
        let reply = self.ask(&mut connection, node, Way::Gateway, right).await;
        locked(&self.idle[node]).extend(connection);
        reply
    }

    /// Asks, judges the answer and gives it; nothing when there is none. The
    /// connection is opened when there is none, and gone when it broke.
    pub(super) async fn ask(
        &self,
        connection: &mut Option<Connection>,
        node: usize,
        way: Way,
        right: &Right,
    ) -> Option<Reply> {
        let request = way.request(&right.question, &self.key);
        let is_reused = connection.is_some();
        let mut before = (self.weather.mark(), right.ask());
        let mut answer = self.exchange(connection, node, &request).await;
        if answer.is_err() && is_reused {
            // The node may have closed it while nobody used it.
            before = (self.weather.mark(), right.ask());
            answer = self.exchange(connection, node, &request).await;
        }
        match answer {
            Ok(answer) => match way.read(&answer) {
                Ok(reply) => {
                    self.judge(node, right, before, reply);
                    return Some(reply);
                }
                Err(error) => self.findings.add(format!("node {node}: {error:#}")),
            },
            Err(error) if self.weather.was_calm_since(before.0) => {
                let error = format!("node {node} gave no answer in calm: {error:#}");
                self.findings.add(error);
            }
            Err(_) => {}
        }
        self.counts.add(None);
        None
    }

    fn judge(&self, node: usize, right: &Right, before: (Mark, Ticket), reply: Reply) {
        self.counts.add(Some(reply));
        let (mark, ticket) = before;
        let (name, is_calm) = (&right.name, self.weather.was_calm_since(mark));
        match right.judge(ticket, reply) {
            Verdict::AcceptedAfterItsRevocation => self.findings.add(format!(
                "node {node} ACCEPTED {name} though its revocation was answered before it was asked"
            )),
            Verdict::RefusedThoughGranted if is_calm => {
                let refused = format!("node {node} refused {name}, which is granted");
                self.findings.add(refused);
            }
            Verdict::RefusedThoughGranted | Verdict::Right => {}
        }
        if reply == Reply::Unavailable && is_calm {
            self.findings
                .add(format!("node {node} answered 503 in calm"));
        }
        if reply == Reply::Accepted && self.weather.was_blind_since(mark, node, ticket.asked_at) {
            let accepted = format!("node {node} accepted {name} long after it lost its database");
            self.findings.add(accepted);
        }
    }

    async fn exchange(
        &self,
        connection: &mut Option<Connection>,
        node: usize,
        request: &[u8],
    ) -> Result<Answer> {
        let exchange = async {
            let mut open = match connection.take() {
                Some(open) => open,
                None => Connection::open(self.addresses[node]).await?,
            };
            let answer = open.exchange(request).await?;
            anyhow::Ok((open, answer))
        };
        let (open, answer) = timeout(PATIENCE, exchange).await.context("too late")??;
        if answer.status == 408 {
            // A stopped node that goes on finds that the question took too long.
            bail!("the question was not read in time");
        }
        *connection = Some(open);
        Ok(answer)
    }
}

// === impl Way ===

impl Way {
    fn request(self, question: &Question, key: &str) -> Vec<u8> {
        let Question {
            key: asked,
            scope,
            model,
        } = question;
        match self {
            Self::Gateway => {
                let path = format!("/auth/verify?scope={scope}");
                let request = Request::new("GET", &path).header("x-api-key", asked);
                match model {
                    Some(model) => request.header("x-model", model).bytes(),
                    None => request.bytes(),
                }
            }
            Self::Backend => {
                let json = serde_json::json!({"key": asked, "scope": scope, "model": model});
                Request::new("POST", "/v2/api-keys/verify")
                    .authorized(Authorization::Key(key))
                    .json(&json.to_string())
                    .bytes()
            }
        }
    }

    fn read(self, answer: &Answer) -> Result<Reply> {
        let body = String::from_utf8_lossy(&answer.body);
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

    fn read(way: Way, status: u16, body: &str) -> Result<Reply> {
        way.read(&Answer {
            status,
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn both_calls_answer_the_same() {
        for (status, expected) in [(200, Reply::Accepted), (401, Reply::Refused)] {
            assert_eq!(read(Way::Gateway, status, "").unwrap(), expected);
        }
        let valid = r#"{"valid":true,"code":"Valid"}"#;
        assert_eq!(read(Way::Backend, 200, valid).unwrap(), Reply::Accepted);
        let invalid = r#"{"valid":false,"code":"Unknown"}"#;
        assert_eq!(read(Way::Backend, 200, invalid).unwrap(), Reply::Refused);
        for way in [Way::Gateway, Way::Backend] {
            assert_eq!(read(way, 503, "").unwrap(), Reply::Unavailable);
            assert!(read(way, 500, "").is_err());
        }
        assert!(read(Way::Backend, 401, "").is_err());
    }
}
