//! People who sign in, and the ways in which their sessions end.

use crate::{
    changes::Outcome,
    probes::Call,
    records::user_fact,
    revocable::Change,
    rights::{Reply, Right},
    test_cluster::TestCluster,
};
use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;
use tokio::time::timeout;
use xtask_harness::{
    expectation::Expectation,
    request::{Credentials, Request},
};

const PASSWORD: &str = "Passw0rd_1";

/// Someone who signs in.
#[derive(Debug)]
pub(crate) struct Person {
    id: i64,
    name: String,
    password: String,
}

/// A way in which sessions end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The first one signs out, and the other one goes on.
    SignedOut,
    /// In the first one the password is changed: it goes on, and the other one ends.
    PasswordInSession,
    /// The person changes their password with the old one: both end.
    OwnPassword,
    /// An administrator gives another password: both end.
    NewPassword,
    /// The person is deactivated, and activated again: both end for good.
    Deactivated,
    /// The person is deleted.
    Deleted,
}

/// Two sessions of a person, each of which is a right whose key is its cookie.
pub(crate) type Sessions = [Arc<Right>; 2];

// === impl Person ===

impl Person {
    /// Returns their username.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

// === impl End ===

impl End {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::SignedOut,
        Self::PasswordInSession,
        Self::OwnPassword,
        Self::NewPassword,
        Self::Deactivated,
        Self::Deleted,
    ];

    /// Returns whether a release that knows no sessions can do it.
    pub(crate) fn is_older(self) -> bool {
        !matches!(self, Self::SignedOut | Self::PasswordInSession)
    }

    /// Returns which of two sessions end.
    pub(crate) fn ended(self, [first, second]: &Sessions) -> Vec<Arc<Right>> {
        let ended: &[&Arc<Right>] = match self {
            Self::SignedOut => &[first],
            Self::PasswordInSession => &[second],
            _ => &[first, second],
        };
        ended.iter().map(|right| Arc::clone(right)).collect()
    }

    fn request(
        self,
        cluster: &TestCluster,
        person: &Person,
        cookie: &str,
        password: &str,
    ) -> Request {
        let path = format!("/v2/users/{}", person.id);
        let old = &person.password;
        match self {
            Self::SignedOut => Request::new(Method::POST, "/auth/logout").header("cookie", cookie),
            Self::PasswordInSession => {
                let json = json!({"current_password": old, "new_password": password});
                Request::post("/auth/update-password", &json).header("cookie", cookie)
            }
            Self::OwnPassword => {
                let json = json!({"current_password": old, "password": password});
                let own = Credentials::Password(&person.name, old);
                Request::new(Method::PUT, "/v2/users/me")
                    .json(&json)
                    .by(own)
            }
            Self::NewPassword => {
                let json = json!({"password": password});
                cluster.admin.request(Method::PUT, &path).json(&json)
            }
            Self::Deactivated => {
                let path = format!("{path}/activation");
                let json = json!({"is_active": false});
                cluster.admin.request(Method::PATCH, &path).json(&json)
            }
            Self::Deleted => cluster.admin.request(Method::DELETE, &path),
        }
    }

    fn gives_password(self) -> bool {
        matches!(
            self,
            Self::PasswordInSession | Self::OwnPassword | Self::NewPassword
        )
    }
}

// === impl TestCluster ===

impl TestCluster {
    /// Makes someone who can sign in.
    pub(crate) async fn make_person(&self, node: usize) -> Result<Person> {
        let name = format!("person-{}", self.next_number());
        let json = json!({"username": name, "password": PASSWORD});
        let request = self.admin.request(Method::POST, "/v2/users");
        let made = self.send(node, &request.json(&json)).await;
        let made = made.expect_done("a person")?;
        let id = made["id"].as_i64().context("a person without an id")?;
        self.records.add(&user_fact(id), "true");
        let password = PASSWORD.to_owned();
        Ok(Person { id, name, password })
    }

    /// Signs a person in through a node.
    pub(crate) async fn sign_in(&self, node: usize, person: &Person) -> Result<Arc<Right>> {
        let signing_in = self.changers[node].sign_in(&person.name, &person.password);
        let cookie = timeout(crate::deadlines::WAIT, signing_in).await;
        Ok(Arc::new(Right {
            name: format!("session {} of {}", self.next_number(), person.name),
            key: cookie.context("no answer in time")??,
            fact: String::new(),
            granted: String::new(),
            model: None,
            is_never_refused: false,
            ends_by_clock: false,
            expectation: Expectation::new(Reply::Accepted),
        }))
    }

    /// Signs a person in through one node and another.
    pub(crate) async fn sign_in_twice(&self, person: &Person) -> Result<Sessions> {
        let first = self.sign_in(self.some_node(), person).await?;
        Ok([first, self.sign_in(self.some_node(), person).await?])
    }

    /// Ends sessions of a person through a node, and records what is known then.
    pub(crate) async fn end_sessions(
        &self,
        node: usize,
        person: &mut Person,
        sessions: &Sessions,
        end: End,
    ) -> Outcome {
        let ended = end.ended(sessions);
        for right in &ended {
            right.expectation.begin(Reply::Refused);
        }
        let password = format!("{}x", person.password);
        let request = end.request(self, person, &sessions[0].key, &password);
        let fact = user_fact(person.id);
        let value = match end {
            End::Deactivated => Some("false".to_owned()),
            End::Deleted => None,
            _ => Some("true".to_owned()),
        };
        let change = Change { request, value };
        let outcome = self.change(node, &fact, &change, None).await;
        if let Outcome::Done(_) = outcome {
            for right in &ended {
                right.expectation.settle(Reply::Refused);
            }
            if end.gives_password() {
                person.password = password;
            }
        }
        outcome
    }

    /// Activates a person again. Their sessions stay ended.
    pub(crate) async fn activate(&self, node: usize, person: &Person) -> Outcome {
        let path = format!("/v2/users/{}/activation", person.id);
        let request = self.admin.request(Method::PATCH, &path);
        let request = request.json(&json!({"is_active": true}));
        let value = Some("true".to_owned());
        let change = Change { request, value };
        self.change(node, &user_fact(person.id), &change, None)
            .await
    }

    /// Asks a node about a session.
    pub(crate) async fn probe_session(&self, node: usize, right: &Right) -> Option<Reply> {
        self.probe_by(node, Call::Session, right).await
    }

    /// Sees that a session has ended on a node, for what reads and for what writes.
    pub(crate) async fn see_session_ended(&self, node: usize, right: &Right) {
        let name = &right.name;
        let reply = self.probe_session(node, right).await;
        if reply != Some(Reply::Refused) {
            let wrong = format!("node {node} answers {reply:?} to {name}, which has ended");
            self.findings.add(wrong);
        }
        let key = json!({"name": "of an ended session", "scope": ["inference"]});
        let request = Request::post("/v2/api-keys", &key).header("cookie", &right.key);
        let outcome = self.send(node, &request).await;
        if !matches!(outcome, Outcome::Refused(401, _)) {
            let wrong = format!("node {node} writes for {name}, which has ended: {outcome:?}");
            self.findings.add(wrong);
        }
    }
}
