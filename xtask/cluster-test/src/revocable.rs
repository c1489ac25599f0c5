//! What is revoked: rights that can be taken away, and the changes that take them away and
//! restore them.

use crate::{
    kinds::{Kind, MODELS},
    records::{KeyEnd, key_fact, key_value, member_fact, user_fact},
    rights::{RESTORATION_LIMIT, Reply, Right},
    secrets::Secrets,
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
    /// Restores the right; a key that is deleted or revoked stays so, and a secret that was
    /// ended.
    pub(crate) restoration: Option<Change>,
    /// The path of its key.
    pub(crate) key_path: String,
    /// What else there is to a right that rests on one secret of its key.
    pub(crate) secret: Option<SecretPart>,
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
    /// Which it has.
    #[serde(skip)]
    pub(crate) secrets: Secrets,
}

/// What a right has that rests on a secret.
#[derive(Debug, Clone)]
pub(crate) struct SecretPart {
    /// The number of the credential.
    pub(crate) number: i64,
    /// What the fact's value has of the key, without its secrets.
    pub(crate) grants: String,
    /// Another secret of the key, which goes on when this one ends. That of a rotation is
    /// in its answer.
    pub(crate) other: Option<Arc<Right>>,
}

// === impl MadeKey ===

impl MadeKey {
    /// Reads the answer to a creation.
    pub(crate) fn read(answer: Value, user: i64) -> Result<Self> {
        let secrets = Secrets::of_api(&answer)?;
        let key: Self = serde_json::from_value(answer)?;
        Ok(Self {
            user,
            secrets,
            ..key
        })
    }

    /// Returns its path.
    pub(crate) fn path(&self) -> String {
        format!("/v2/api-keys/{}", self.id)
    }

    /// Returns its scope.
    pub(crate) fn scope(&self) -> Vec<&str> {
        self.scope.iter().map(String::as_str).collect()
    }

    /// Returns the value of the fact that there is the key, with what became of it.
    fn fact_value(&self, models: &Value, end: KeyEnd) -> String {
        key_value(&self.scope(), models) + end.suffix()
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
        if kind.is_of_secret() {
            return Self::of_secret(kind, [key, key], admin);
        }
        let (scope, models) = kind.grants();
        let (user, key_path) = (key.user, key.path());
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
            // Those of secrets were made above.
            _ => {
                let request = admin.request(Method::DELETE, &key_path);
                let value = None;
                (key_fact(&key.name), Change { request, value }, None)
            }
        };
        let restored = restoration.as_ref().and_then(|change| change.value.clone());
        let right = Arc::new(Right {
            fact,
            granted: restored.unwrap_or_else(|| key_value(scope, &models)),
            name: key.name.clone(),
            key: key.value.clone(),
            model: (kind == Kind::ModelRemoved).then_some(MODELS[0]),
            is_never_refused: false,
            ends_by_clock: kind.awaits_end(),
            expectation: Expectation::lingering(Reply::Accepted, Reply::Refused, RESTORATION_LIMIT),
        });
        Self {
            kind,
            right,
            revocation,
            restoration,
            key_path,
            secret: None,
        }
    }
}
