//! Rights that rest on one of the secrets of a key, and the changes that end that secret.

use crate::{
    changes::Outcome,
    kinds::Kind,
    records::{key_fact, key_value},
    revocable::{Change, MadeKey, Revocable, SecretPart},
    rights::{RESTORATION_LIMIT, Reply, Right},
    secrets::Secrets,
    test_cluster::TestCluster,
};
use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use xtask_harness::{
    close_expiry::CloseExpiry,
    expectation::Expectation,
    request::{Credentials, Request},
};

/// How long a secret goes on whose end is waited for.
const GRACE: Duration = Duration::from_secs(2);

/// How long one goes on, in seconds, that is ended before.
const LONG_GRACE: u64 = 604_800;

// === impl Revocable ===

impl Revocable {
    /// Takes a key as it was made, and as it is after what was brought about, and the key
    /// that changes are made with.
    pub(crate) fn of_secret(kind: Kind, [made, now]: [&MadeKey; 2], admin: &MadeKey) -> Self {
        let (path, secrets) = (made.path(), now.secrets);
        let rotation = |json: Value| {
            admin
                .request(Method::POST, &format!("{path}/rotate"))
                .json(&json)
        };
        let end = |number: Option<i64>| {
            let number = number.unwrap_or_default();
            let path = format!("{path}/credentials/{number}");
            admin.request(Method::DELETE, &path)
        };
        let (number, request, after) = match kind {
            Kind::GraceOver => {
                let json = json!({"grace_period_seconds": GRACE.as_secs()});
                (Some(secrets.active), rotation(json), secrets.rotated(false))
            }
            Kind::RetiringEnded => (secrets.retiring, end(secrets.retiring), secrets.ended()),
            Kind::PendingEnded => (secrets.pending, end(secrets.pending), secrets.ended()),
            Kind::UsedFirst => (
                Some(secrets.active),
                first_use(now, admin),
                secrets.used_first(),
            ),
            _ => (
                Some(secrets.active),
                rotation(json!({})),
                secrets.rotated(false),
            ),
        };
        let grants = key_value(&made.scope(), &kind.grants().1);
        let value = |secrets: Secrets| format!("{grants}{}", secrets.suffix());
        let right = |key: &MadeKey, expectation| {
            Arc::new(Right {
                fact: key_fact(&made.name),
                granted: value(secrets),
                name: made.name.clone(),
                key: key.value.clone(),
                model: None,
                is_never_refused: false,
                ends_by_clock: kind.awaits_end(),
                expectation,
            })
        };
        let (ending, other) = match kind {
            Kind::PendingEnded => (now, Some(made)),
            Kind::RetiringEnded | Kind::UsedFirst => (made, Some(now)),
            _ => (now, None),
        };
        let lingering = Expectation::lingering(Reply::Accepted, Reply::Refused, RESTORATION_LIMIT);
        let revocation = Change {
            request,
            value: Some(value(after)),
        };
        Self {
            kind,
            right: right(ending, lingering),
            revocation,
            restoration: None,
            key_path: path,
            secret: Some(SecretPart {
                number: number.unwrap_or_default(),
                other: other.map(|key| right(key, Expectation::new(Reply::Accepted))),
                grants,
            }),
        }
    }
}

// === impl TestCluster ===

impl TestCluster {
    /// Brings about, by somebody, what a kind of revocation ends of a key that was just
    /// made.
    pub(crate) async fn prepare_secret(
        &self,
        node: usize,
        kind: Kind,
        key: &MadeKey,
        by: Credentials<'_>,
    ) -> Result<Revocable> {
        let (json, after) = match kind {
            Kind::RetiringEnded => {
                let json = json!({"grace_period_seconds": LONG_GRACE});
                (json, key.secrets.rotated(true))
            }
            _ if kind.has_pending() => (json!({"activate": "first_use"}), key.secrets.awaiting()),
            _ => return Ok(Revocable::of_secret(kind, [key, key], &self.admin)),
        };
        let request = Request::post(format!("{}/rotate", key.path()), &json).by(by);
        let grants = key_value(&key.scope(), &Value::Null);
        let change = Change {
            request,
            value: Some(grants + &after.suffix()),
        };
        let rotated = self.change(node, &key_fact(&key.name), &change, None).await;
        let rotated = MadeKey::read(rotated.expect_done("a rotation")?, key.user)?;
        Ok(Revocable::of_secret(kind, [key, &rotated], &self.admin))
    }

    /// Ends a secret of a key, and records what is known then.
    pub(crate) async fn end_secret(
        &self,
        node: usize,
        revocable: &Revocable,
        part: &SecretPart,
    ) -> Outcome {
        let (kind, right) = (revocable.kind, &revocable.right);
        let (before, after) = (Reply::Accepted, Reply::Refused);
        match kind {
            Kind::GraceOver => {
                let earliest = Instant::now() + GRACE;
                right.expectation.begin_turn(after, &(earliest..=earliest));
            }
            _ => right.expectation.begin(after),
        }
        self.records.begin(&right.fact);
        let answer = match self.send(node, &revocable.revocation.request).await {
            Outcome::Done(answer) if answer["valid"] == false => {
                return Outcome::Refused(401, answer.to_string());
            }
            Outcome::Done(answer) => answer,
            outcome => return outcome,
        };
        match self.settle_secret(revocable, part, &answer) {
            Ok(None) => right.expectation.settle(after),
            Ok(Some(end)) => right.expectation.settle_turn(after, before, &end.turn),
            Err(error) => {
                let strange = format!("node {node} answered {}: {error:#}", right.name);
                self.findings.add(strange);
            }
        }
        Outcome::Done(answer)
    }

    /// Records what an answer says of the secrets of a key, and returns when the old one
    /// ends if that is not now.
    fn settle_secret(
        &self,
        revocable: &Revocable,
        part: &SecretPart,
        answer: &Value,
    ) -> Result<Option<CloseExpiry>> {
        let (fact, expected) = (&revocable.right.fact, &revocable.revocation.value);
        let value = match answer["credentials"] {
            // A verification does not say it.
            Value::Null => expected.clone(),
            _ => Some(format!(
                "{}{}",
                part.grants,
                Secrets::of_api(answer)?.suffix()
            )),
        };
        if value != *expected && !self.records.may_be_lost(fact) {
            let strange = format!("{fact} became {value:?}, and {expected:?} was expected");
            self.findings.add(strange);
        }
        self.records.settle(fact, value.as_deref());
        if revocable.kind != Kind::GraceOver {
            return Ok(None);
        }
        part.end(answer).map(Some)
    }
}

// === impl SecretPart ===

impl SecretPart {
    /// Returns when it ends by the answer to a rotation.
    pub(crate) fn end(&self, answer: &Value) -> Result<CloseExpiry> {
        let credentials = answer["credentials"].as_array();
        let mut credentials = credentials.into_iter().flatten();
        let old = credentials.find(|one| one["id"] == self.number);
        let ends_at = old.and_then(|old| old["expires_at"].as_str());
        CloseExpiry::at(ends_at.context("the old secret has no end")?)
    }

    /// Returns what can be revoked of a key next, once it was rotated with this answer.
    pub(crate) fn successor(
        &self,
        revoked: &Revocable,
        answer: &Value,
        admin: &MadeKey,
    ) -> Option<Revocable> {
        if !matches!(revoked.kind, Kind::Rotated | Kind::GraceOver) {
            return None;
        }
        let key = MadeKey::read(answer.clone(), admin.user).ok()?;
        Some(Revocable::of_secret(revoked.kind, [&key, &key], admin))
    }
}

/// Returns a request that uses a secret for the first time, in one of the ways that there
/// are.
fn first_use(key: &MadeKey, admin: &MadeKey) -> Request {
    let scope = key.scope();
    let wanted = scope.first().copied().unwrap_or_default();
    match key.id % 3 {
        0 if scope.contains(&"management") => {
            Request::get("/v2/users/me").by(Credentials::Key(&key.value))
        }
        1 => {
            let json = json!({"key": key.value, "scope": wanted});
            let request = Request::post("/v2/api-keys/verify", &json);
            request.by(Credentials::Key(&admin.value))
        }
        _ => {
            let request = Request::get(format!("/auth/verify?scope={wanted}"));
            request.header("x-api-key", &key.value)
        }
    }
}
