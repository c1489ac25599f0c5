//! Changes, and what is known of them afterwards.

use crate::{
    deadlines::{WAIT, Waiting},
    kinds::Kind,
    records::{key_fact, key_value},
    revocable::{Change, MadeKey, Revocable},
    rights::Reply,
    test_cluster::TestCluster,
};
use anyhow::{Result, bail};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::timeout;
use xtask_harness::{client::Answer, close_expiry::CloseExpiry, request::Request};

/// How far ahead an expiry lies that is close.
pub(crate) const EXPIRY_AHEAD: Duration = Duration::from_secs(2);

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

    fn of(answer: Answer) -> Self {
        match (answer.status, serde_json::from_str(&answer.body)) {
            (200..300, Ok(value)) => Self::Done(value),
            (200..300, _) if answer.body.is_empty() => Self::Done(Value::Null),
            // 408: a stopped node that continues finds that the request took too long.
            (408 | 503, _) => Self::Unknown(format!("{} {}", answer.status, answer.body)),
            (status, _) => Self::Refused(status, answer.body),
        }
    }
}

// === impl TestCluster ===

impl TestCluster {
    /// Sends a request and returns what is known of it then.
    pub(crate) async fn send(&self, node: usize, request: &Request) -> Outcome {
        let sent = (self.window.mark(), Instant::now());
        let answer = timeout(WAIT, self.changers[node].send(request)).await;
        let is_answered = matches!(answer, Ok(Ok(_)));
        self.note_wait(node, Waiting::Other, sent, is_answered);
        let answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Outcome::Unknown(format!("{error:#}")),
            Err(_) => return Outcome::Unknown("no answer in time".to_owned()),
        };
        Outcome::of(answer)
    }

    /// Changes a fact, and records what is known then. The status that repeating
    /// the change has means that it took place, too.
    pub(crate) async fn change(
        &self,
        node: usize,
        fact: &str,
        change: &Change,
        repeated: Option<u16>,
    ) -> Outcome {
        self.records.begin(fact);
        let outcome = match self.send(node, &change.request).await {
            Outcome::Refused(status, _) if Some(status) == repeated => Outcome::Done(Value::Null),
            outcome => outcome,
        };
        if let Outcome::Done(_) = outcome {
            self.records.settle(fact, change.value.as_deref());
        }
        outcome
    }

    /// Takes a right away, and records what is known then.
    pub(crate) async fn revoke(&self, node: usize, revocable: &Revocable) -> Outcome {
        if revocable.kind == Kind::Expired {
            return self.expire(node, revocable).await;
        }
        if let Some(part) = &revocable.secret {
            return self.end_secret(node, revocable, part).await;
        }
        let expectation = &revocable.right.expectation;
        expectation.begin(Reply::Refused);
        let change = self.change(node, &revocable.right.fact, &revocable.revocation, None);
        let outcome = change.await;
        if let Outcome::Done(_) = outcome {
            expectation.settle(Reply::Refused);
        }
        outcome
    }

    /// Lets a key expire at an instant that is close, and records what is known then.
    async fn expire(&self, node: usize, revocable: &Revocable) -> Outcome {
        let Revocable {
            right, revocation, ..
        } = revocable;
        let expiry = match CloseExpiry::ahead(EXPIRY_AHEAD) {
            Ok(expiry) => expiry,
            Err(error) => return Outcome::Unknown(format!("{error:#}")),
        };
        let json = json!({"expires_at": expiry.instant});
        let change = Change {
            request: revocation.request.clone().json(&json),
            value: revocation.value.clone(),
        };
        let (before, after) = (Reply::Accepted, Reply::Refused);
        right.expectation.begin_turn(after, &expiry.turn);
        let outcome = self.change(node, &right.fact, &change, None).await;
        if let Outcome::Done(_) = outcome {
            right.expectation.settle_turn(after, before, &expiry.turn);
        }
        outcome
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
        let change = Change {
            request: request.json(&body),
            value: Some(key_value(scope, models)),
        };
        let outcome = self.change(node, &fact, &change, None).await;
        if let Outcome::Refused(..) = outcome {
            self.records.settle(&fact, None);
        }
        outcome
    }

    /// Makes a key of the administrator's, and records what is known of that.
    pub(crate) async fn make_admin_key(&self, node: usize, kind: Kind) -> Result<MadeKey> {
        let name = format!("{kind:?}-{}", self.next_number());
        let request = self.admin.request(Method::POST, "/v2/api-keys");
        let (scope, models) = kind.grants();
        let made = self.create_key(node, request, &name, scope, &models).await;
        MadeKey::read(made.expect_done("a creation")?, self.admin.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unavailable_server_leaves_a_change_open() {
        let body = || "{}".to_owned();
        let outcome = |status| {
            Outcome::of(Answer {
                status,
                body: body(),
            })
        };
        assert!(matches!(outcome(200), Outcome::Done(_)));
        assert!(matches!(outcome(503), Outcome::Unknown(_)));
        assert!(matches!(outcome(408), Outcome::Unknown(_)));
        for status in [401, 404, 409, 500] {
            assert!(matches!(outcome(status), Outcome::Refused(..)));
        }
    }
}
