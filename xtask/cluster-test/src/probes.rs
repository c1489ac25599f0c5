//! Asks nodes about rights, and judges what they answer.

use crate::{
    fault_window::Mark,
    lock::locked,
    rights::{Reply, Right},
    test_cluster::TestCluster,
};
use anyhow::Context;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;
use xtask_harness::{
    client::Answer,
    expectation::Ticket,
    request::{Credentials, Request},
};

/// How long an answer is waited for: longer than a node is stopped, so that
/// what it answers when it goes on is seen.
const ANSWER_LIMIT: Duration = Duration::from_secs(25);

/// Which call is used.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call {
    /// `/auth/verify`, which a gateway asks.
    Gateway,
    /// `POST /v2/api-keys/verify`, which a backend asks.
    Backend,
}

// === impl TestCluster ===

impl TestCluster {
    /// Asks as a gateway does.
    pub(crate) async fn probe(&self, node: usize, right: &Right) -> Option<Reply> {
        self.probe_by(node, Call::Gateway, right).await
    }

    /// Asks, judges the answer and returns it; nothing when there is none.
    pub(crate) async fn probe_by(&self, node: usize, call: Call, right: &Right) -> Option<Reply> {
        let request = call.request(right, &self.admin.value);
        let (mark, ticket) = (self.window.mark(), right.expectation.ask());
        let answer = timeout(ANSWER_LIMIT, self.questioners[node].send(&request)).await;
        let reply = match answer.context("too late").flatten() {
            // A stopped node that goes on finds that the question took too long.
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
        self.judge(node, right, (mark, ticket), reply?);
        reply
    }

    fn judge(&self, node: usize, right: &Right, before: (Mark, Ticket), reply: Reply) {
        let (mark, ticket) = before;
        let name = &right.name;
        let is_right = || right.expectation.admits(ticket, reply);
        let (window, asked_at) = (&self.window, ticket.asked_at);
        match reply {
            Reply::Accepted if !is_right() => self.findings.add(format!(
                "node {node} ACCEPTED {name} though its revocation was answered before it was asked"
            )),
            Reply::Accepted if window.had_no_lease(mark, node, asked_at) => {
                let late = format!("node {node} accepted {name} long after it lost its database");
                self.findings.add(late);
            }
            Reply::Refused if !is_right() => {
                let refused = format!("node {node} refused {name}, which is granted");
                self.report_without_fault(mark, refused);
            }
            Reply::Unavailable => {
                self.report_without_fault(mark, format!("node {node} answered 503"));
            }
            Reply::Accepted | Reply::Refused => {}
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
        }
    }

    fn read(self, answer: &Answer) -> Option<Reply> {
        let body = &answer.body;
        match (self, answer.status) {
            (Self::Gateway, 200) => Some(Reply::Accepted),
            (Self::Gateway, 401 | 403) => Some(Reply::Refused),
            (Self::Backend, 200) if body.contains(r#""valid":true"#) => Some(Reply::Accepted),
            (Self::Backend, 200) if body.contains(r#""valid":false"#) => Some(Reply::Refused),
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
        ];
        for (call, status, expected) in table {
            let body = r#"{"valid":true}"#.to_owned();
            assert_eq!(call.read(&Answer { status, body }), expected);
        }
    }
}
