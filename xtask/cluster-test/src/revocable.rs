//! What is revoked: the kinds of rights that can be taken away, and the changes that
//! take them away and restore them.

use crate::{
    records::{KeyEnd, key_fact, key_value, member_fact, user_fact},
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
    /// The key is disabled.
    Disabled,
    /// The key is revoked for good.
    Revoked,
    /// The key's expiry moves to an instant that is close.
    Expired,
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
    /// Takes the right away. Of an expiry the body is missing, which depends on the time.
    pub(crate) revocation: Change,
    /// Restores the right; a key that is deleted or revoked stays so.
    pub(crate) restoration: Option<Change>,
}

/// A key that was made, and for whom.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct MadeKey {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) value: String,
    scope: Vec<String>,
    /// When it was made, by the clock of who made it.
    pub(crate) created_at: String,
    #[serde(skip)]
    pub(crate) user: i64,
}

// === impl Kind ===

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Deleted,
        Self::Narrowed,
        Self::ModelRemoved,
        Self::Disabled,
        Self::Revoked,
        Self::Expired,
        Self::Deactivated,
        Self::MemberRemoved,
    ];

    /// Those that end at once, whatever time it is.
    pub(crate) const TIMELESS: [Self; 7] = [
        Self::Deleted,
        Self::Narrowed,
        Self::ModelRemoved,
        Self::Disabled,
        Self::Revoked,
        Self::Deactivated,
        Self::MemberRemoved,
    ];

    /// Those that nodes of the release before know, too.
    pub(crate) const FIRST: [Self; 5] = [
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

    /// Returns the value of the fact that there is the key, with what became of it.
    fn fact_value(&self, models: &Value, end: KeyEnd) -> String {
        let scope: Vec<_> = self.scope.iter().map(String::as_str).collect();
        key_value(&scope, models) + end.suffix()
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
        let patch = |json: &Value, end| {
            let value = key.fact_value(&models, end);
            change(Method::PATCH, &key_path, json, Some(value))
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
            Kind::Disabled => {
                let revocation = patch(&json!({"disabled": true}), KeyEnd::Disabled);
                let restoration = patch(&json!({"disabled": false}), KeyEnd::None);
                (key_fact(&key.name), revocation, Some(restoration))
            }
            Kind::Revoked => {
                let (path, json) = (format!("{key_path}/revoke"), json!({"reason": "unused"}));
                let value = key.fact_value(&models, KeyEnd::Revoked);
                let revocation = change(Method::POST, &path, &json, Some(value));
                (key_fact(&key.name), revocation, None)
            }
            Kind::Expired => {
                let request = admin.request(Method::PATCH, &key_path);
                let value = Some(key.fact_value(&models, KeyEnd::Expires));
                let restoration = patch(&json!({"expires_at": null}), KeyEnd::None);
                let revocation = Change { request, value };
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
