//! Asks nodes about rights, and checks what they answer.

use crate::{
    deadlines::{WAIT, Waiting},
    fault_window::Mark,
    rights::{Reply, Right},
    test_cluster::TestCluster,
};
use anyhow::Context;
use serde_json::json;
use std::time::Instant;
use tokio::time::timeout;
use xtask_harness::{
    client::Answer,
    expectation::Ticket,
    lock::locked,
    request::{Credentials, Request},
};

/// Which call is used.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call {
    /// `/auth/verify`, which a gateway asks.
    Gateway,
    /// `POST /v2/api-keys/verify`, which a backend asks.
    Backend,
    /// The same, and the answer must not be from memory.
    Uncached,
    /// `GET /v2/users/me` with the cookie of a session, which is in the place of the key.
    Session,
}

/// What is wrong with an answer.
#[derive(Debug)]
enum Finding {
    /// It is wrong, whatever happens to the nodes.
    Always(String),
    /// It is wrong unless there was a fault.
    WithoutFault(String),
}

// === impl TestCluster ===

impl TestCluster {
    /// Asks as a gateway does.
    pub(crate) async fn probe(&self, node: usize, right: &Right) -> Option<Reply> {
        self.probe_by(node, Call::Gateway, right).await
    }

    /// Asks, checks the answer and returns it; nothing when there is none.
    pub(crate) async fn probe_by(&self, node: usize, call: Call, right: &Right) -> Option<Reply> {
        let (mark, ticket) = (self.window.mark(), right.expectation.ask());
        let reply = self.ask(node, call, right).await;
        self.check(node, right, (mark, ticket), reply?);
        reply
    }

    /// Asks and returns the answer, whatever it is; nothing when there is none.
    pub(crate) async fn ask(&self, node: usize, call: Call, right: &Right) -> Option<Reply> {
        let request = call.request(right, &self.admin.value);
        let (mark, asked_at) = (self.window.mark(), Instant::now());
        let answer = timeout(WAIT, self.questioners[node].send(&request)).await;
        let is_answered = matches!(answer, Ok(Ok(_)));
        self.note_wait(node, call.waiting(), (mark, asked_at), is_answered);
        let reply = match answer.context("too late").flatten() {
            // A stopped node that continues finds that the question took too long.
            Ok(answer) if answer.status != 408 => {
                let reply = call.read(&answer);
                if reply.is_none() {
                    let strange = format!("node {node} gave a strange answer: {answer:?}");
                    self.findings.add(strange);
                }
                reply
            }
            failed => {
                let failed = format!("node {node} gave no answer: {failed:?}");
                self.report_without_fault(mark, failed);
                None
            }
        };
        locked(&self.measured).count(reply);
        reply
    }

    fn check(&self, node: usize, right: &Right, (mark, ticket): (Mark, Ticket), reply: Reply) {
        let is_right = right.expectation.admits(ticket, reply);
        let had_no_lease = self.window.had_no_lease(mark, node, ticket.asked_at);
        match reply.finding(node, &right.name, is_right, had_no_lease) {
            Some(Finding::Always(wrong)) => self.findings.add(wrong),
            Some(Finding::WithoutFault(wrong))
                if reply == Reply::Refused && right.is_never_refused =>
            {
                self.findings.add(wrong);
            }
            Some(Finding::WithoutFault(wrong)) => self.report_without_fault(mark, wrong),
            None => {}
        }
    }
}

// === impl Reply ===

impl Reply {
    /// Returns what is wrong with this reply of a node about a right of a name.
    fn finding(
        self,
        node: usize,
        name: &str,
        is_right: bool,
        had_no_lease: bool,
    ) -> Option<Finding> {
        match self {
            Self::Accepted if !is_right => Some(Finding::Always(format!(
                "node {node} ACCEPTED {name} though its revocation was answered before it was asked"
            ))),
            Self::Accepted if had_no_lease => Some(Finding::Always(format!(
                "node {node} accepted {name} long after it lost its database"
            ))),
            Self::Refused if !is_right => Some(Finding::WithoutFault(format!(
                "node {node} refused {name}, which is granted"
            ))),
            Self::Unavailable => Some(Finding::WithoutFault(format!("node {node} answered 503"))),
            Self::Accepted | Self::Refused => None,
        }
    }
}

// === impl Call ===

impl Call {
    fn request(self, right: &Right, key: &str) -> Request {
        match self {
            Self::Gateway => {
                let request = Request::get("/auth/verify?scope=inference");
                let request = request.header("x-api-key", &right.key);
                match right.model {
                    Some(model) => request.header("x-model", model),
                    None => request,
                }
            }
            Self::Backend => {
                let json = json!({"key": right.key, "scope": "inference", "model": right.model});
                Request::post("/v2/api-keys/verify", &json).by(Credentials::Key(key))
            }
            Self::Uncached => {
                let request = Self::Backend.request(right, key);
                request.header("cache-control", "no-cache")
            }
            Self::Session => Request::get("/v2/users/me").header("cookie", &right.key),
        }
    }

    fn waiting(self) -> Waiting {
        match self {
            Self::Gateway => Waiting::Gateway,
            Self::Backend | Self::Uncached | Self::Session => Waiting::Other,
        }
    }

    fn read(self, answer: &Answer) -> Option<Reply> {
        let Answer { status, body } = answer;
        match (self, *status) {
            (Self::Gateway | Self::Session, 200) => Some(Reply::Accepted),
            (Self::Gateway | Self::Session, 401) | (Self::Gateway, 403) => Some(Reply::Refused),
            (Self::Gateway | Self::Session, _) if *status != 503 => None,
            (_, 200) if body.contains(r#""valid":true"#) => Some(Reply::Accepted),
            (_, 200) if body.contains(r#""valid":false"#) => Some(Reply::Refused),
            (_, 503) => Some(Reply::Unavailable),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_none_of_the_expected_is_strange() {
        let table = [
            (Call::Gateway, 401, Some(Reply::Refused)),
            (Call::Gateway, 500, None),
            (Call::Backend, 200, Some(Reply::Accepted)),
            (Call::Backend, 401, None),
            (Call::Session, 401, Some(Reply::Refused)),
            (Call::Session, 403, None),
        ];
        for (call, status, expected) in table {
            let body = r#"{"valid":true}"#.to_owned();
            assert_eq!(call.read(&Answer { status, body }), expected);
        }
    }

    #[test]
    fn a_fault_excuses_any_reply_but_a_wrong_acceptance() {
        use Reply::{Accepted, Refused, Unavailable};
        let table = [
            (Accepted, true, false, "nothing"),
            (Accepted, true, true, "always: node 2 accepted a key long"),
            (Accepted, false, false, "always: node 2 ACCEPTED a key"),
            (Accepted, false, true, "always: node 2 ACCEPTED a key"),
            (Refused, true, false, "nothing"),
            (Refused, true, true, "nothing"),
            (
                Refused,
                false,
                false,
                "without a fault: node 2 refused a key",
            ),
            (
                Refused,
                false,
                true,
                "without a fault: node 2 refused a key",
            ),
            (
                Unavailable,
                true,
                false,
                "without a fault: node 2 answered 503",
            ),
            (
                Unavailable,
                false,
                true,
                "without a fault: node 2 answered 503",
            ),
        ];
        for (reply, is_right, had_no_lease, expected) in table {
            let found = match reply.finding(2, "a key", is_right, had_no_lease) {
                Some(Finding::Always(wrong)) => format!("always: {wrong}"),
                Some(Finding::WithoutFault(wrong)) => format!("without a fault: {wrong}"),
                None => "nothing".to_owned(),
            };
            assert!(found.starts_with(expected), "{reply:?}: {found}");
        }
    }
}
