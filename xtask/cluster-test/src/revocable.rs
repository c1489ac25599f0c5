//! What is revoked: the five kinds of rights that can be taken away, and the
//! changes that take them away and restore them.

use crate::{
    records::{key_fact, key_value, member_fact, user_fact},
    rights::{RESTORATION_LIMIT, Reply, Right},
};
use anyhow::Result;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use xtask_harness::{
    expectation::Expectation,
    request::{Credentials, Request},
};

/// The model that is taken from a key and the one that is left to it.
const MODELS: [&str; 2] = ["large", "small"];

/// A kind of revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The key is deleted.
    Deleted,
    /// The key's scope gets narrower.
    Narrowed,
    /// The key is good for one model less.
    ModelRemoved,
    /// The key's user is deactivated.
    Deactivated,
    /// The key's user leaves the organization that owns it.
    MemberRemoved,
}

/// A change of a fact.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) request: Request,
    /// The value of the fact then; nothing when it is gone.
    pub(crate) value: Option<String>,
}

/// Something to revoke.
#[derive(Debug)]
pub(crate) struct Revocable {
    pub(crate) kind: Kind,
    /// What may be done with it.
    pub(crate) right: Arc<Right>,
    /// Takes the right away.
    pub(crate) revocation: Change,
    /// Restores the right; a deleted key stays deleted.
    pub(crate) restoration: Option<Change>,
}

/// A key that was made, and for whom.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct MadeKey {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) value: String,
    /// When it was made, by the clock of who made it.
    pub(crate) created_at: String,
    #[serde(skip)]
    pub(crate) user: i64,
}

// === impl Kind ===

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Deleted,
        Self::Narrowed,
        Self::ModelRemoved,
        Self::Deactivated,
        Self::MemberRemoved,
    ];

    /// Returns the scope and the models of keys of this kind while the right is
    /// there.
    pub(crate) fn grants(self) -> (&'static [&'static str], Value) {
        match self {
            Self::Narrowed => (&["inference", "management"], Value::Null),
            Self::ModelRemoved => (&["inference"], json!(MODELS)),
            _ => (&["inference"], Value::Null),
        }
    }
}

// === impl MadeKey ===

impl MadeKey {
    /// Reads the answer to a creation.
    pub(crate) fn read(answer: Value, user: i64) -> Result<Self> {
        let key: Self = serde_json::from_value(answer)?;
        Ok(Self { user, ..key })
    }

    /// Begins a request that shows the key.
    pub(crate) fn request(&self, method: Method, path: &str) -> Request {
        Request::new(method, path).by(Credentials::Key(&self.value))
    }
}

// === impl Revocable ===

impl Revocable {
    /// Takes a key that was just made, the key that changes are made with and the
    /// organization that users are removed from.
    pub(crate) fn new(kind: Kind, key: &MadeKey, admin: &MadeKey, organization: i64) -> Self {
        let (scope, models) = kind.grants();
        let (user, key_path) = (key.user, format!("/v2/api-keys/{}", key.id));
        let change = |method, path: &str, json: &Value, value| Change {
            request: admin.request(method, path).json(json),
            value,
        };
        let put = |json: &Value, scope: &[&str], models: &Value| {
            change(Method::PUT, &key_path, json, Some(key_value(scope, models)))
        };
        let (fact, revocation, restoration) = match kind {
            Kind::Deleted => {
                let request = admin.request(Method::DELETE, &key_path);
                let value = None;
                (key_fact(&key.name), Change { request, value }, None)
            }
            Kind::Narrowed => {
                let left = &["management"];
                let revocation = put(&json!({"scope": left}), left, &models);
                let restoration = put(&json!({"scope": scope}), scope, &models);
                (key_fact(&key.name), revocation, Some(restoration))
            }
            Kind::ModelRemoved => {
                let left = json!([MODELS[1]]);
                let revocation = put(&json!({"allowed_model_names": left}), scope, &left);
                let restoration = put(&json!({"allowed_model_names": models}), scope, &models);
                (key_fact(&key.name), revocation, Some(restoration))
            }
            Kind::Deactivated => {
                let path = format!("/v2/users/{user}/activation");
                let set = |is_active: bool| {
                    let (json, value) = (json!({"is_active": is_active}), is_active.to_string());
                    change(Method::PATCH, &path, &json, Some(value))
                };
                (user_fact(user), set(false), Some(set(true)))
            }
            Kind::MemberRemoved => {
                let members = format!("/v2/organizations/{organization}/members");
                let request = admin.request(Method::DELETE, &format!("{members}/{user}"));
                let (json, value) = (json!({"user_id": user}), Some("user".to_owned()));
                let restoration = change(Method::POST, &members, &json, value);
                let value = None;
                let fact = member_fact(organization, user);
                (fact, Change { request, value }, Some(restoration))
            }
        };
        let restored = restoration.as_ref().and_then(|change| change.value.clone());
        let right = Arc::new(Right {
            fact,
            granted: restored.unwrap_or_else(|| key_value(scope, &models)),
            name: key.name.clone(),
            key: key.value.clone(),
            model: (kind == Kind::ModelRemoved).then_some(MODELS[0]),
            expectation: Expectation::lingering(Reply::Accepted, Reply::Refused, RESTORATION_LIMIT),
        });
        Self {
            kind,
            right,
            revocation,
            restoration,
        }
    }
}
