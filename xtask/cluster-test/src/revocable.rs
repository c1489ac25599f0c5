//! What is revoked: the five kinds of rights that can be taken away, and the
//! requests that take them away and give them back.

use std::sync::Arc;

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use xtask_harness::request::Request;

use crate::changes::{number, text, with_key};
use crate::records::{key_fact, key_says, member_fact, user_fact};
use crate::rights::{Question, Right};

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

/// Something to revoke.
#[derive(Debug)]
pub(crate) struct Revocable {
    pub(crate) kind: Kind,
    /// What may be done with it.
    pub(crate) right: Arc<Right>,
    /// The fact in the database that changes.
    pub(crate) fact: String,
    path: String,
}

/// A key that was made, and for whom.
#[derive(Debug, Clone, Default)]
pub(crate) struct MadeKey {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) value: String,
    /// When it was made, by the clock of who made it.
    pub(crate) created_at: String,
    pub(crate) user: i64,
    /// The organization that users are removed from.
    pub(crate) organization: i64,
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

    /// Returns whether each key of this kind has a user of its own.
    pub(crate) fn is_about_people(self) -> bool {
        matches!(self, Self::Deactivated | Self::MemberRemoved)
    }

    /// Returns the first part of the names of keys of this kind.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Narrowed => "narrowed",
            Self::ModelRemoved => "model-removed",
            Self::Deactivated => "deactivated",
            Self::MemberRemoved => "member-removed",
        }
    }

    /// Returns the scope of keys of this kind while the right is there.
    pub(crate) fn scope(self) -> &'static [&'static str] {
        match self {
            Self::Narrowed => &["inference", "management"],
            _ => &["inference"],
        }
    }

    /// Returns the models of keys of this kind while the right is there.
    pub(crate) fn models(self) -> Value {
        match self {
            Self::ModelRemoved => json!(MODELS),
            _ => Value::Null,
        }
    }
}

// === impl MadeKey ===

impl MadeKey {
    /// Reads the answer to a creation; the user and the organization are those
    /// of another key.
    pub(crate) fn read(answer: &Value, like: &Self) -> Result<Self> {
        Ok(Self {
            id: number(answer, "id")?,
            name: text(answer, "name")?,
            value: text(answer, "value")?,
            created_at: text(answer, "created_at")?,
            ..like.clone()
        })
    }
}

// === impl Revocable ===

impl Revocable {
    /// Takes a key that was just made.
    pub(crate) fn of(kind: Kind, key: &MadeKey) -> Self {
        let question = Question {
            key: key.value.clone(),
            scope: "inference",
            model: (kind == Kind::ModelRemoved).then_some(MODELS[0]),
        };
        let (user, organization) = (key.user, key.organization);
        let (fact, path) = match kind {
            Kind::Deactivated => (user_fact(user), format!("/v2/users/{user}/activation")),
            Kind::MemberRemoved => (
                member_fact(organization, user),
                format!("/v2/organizations/{organization}/members"),
            ),
            _ => (key_fact(&key.name), format!("/v2/api-keys/{}", key.id)),
        };
        let path = match kind {
            Kind::MemberRemoved => format!("{path}/{user}"),
            _ => path,
        };
        Self {
            kind,
            right: Arc::new(Right::granted(key.name.clone(), question)),
            fact,
            path,
        }
    }

    /// Returns the request that takes the right away.
    pub(crate) fn revocation(&self, key: &str) -> Request {
        match self.kind {
            Kind::Deleted | Kind::MemberRemoved => with_key(Method::DELETE, &self.path, key),
            Kind::Narrowed => self.put(key, &json!({"scope": ["management"]})),
            Kind::ModelRemoved => self.put(key, &json!({"allowed_model_names": [MODELS[1]]})),
            Kind::Deactivated => self.activation(key, &json!({"is_active": false})),
        }
    }

    /// Returns the request that gives the right back; a deleted key stays so.
    pub(crate) fn restoration(&self, key: &str) -> Option<Request> {
        match self.kind {
            Kind::Deleted => None,
            Kind::Narrowed => Some(self.put(key, &json!({"scope": self.kind.scope()}))),
            Kind::ModelRemoved => {
                Some(self.put(key, &json!({"allowed_model_names": self.kind.models()})))
            }
            Kind::Deactivated => Some(self.activation(key, &json!({"is_active": true}))),
            Kind::MemberRemoved => {
                let (members, user) = self.path.rsplit_once('/')?;
                let user: i64 = user.parse().ok()?;
                let json = json!({"user_id": user});
                Some(with_key(Method::POST, members, key).json(&json))
            }
        }
    }

    /// Tells what the fact says while the right is there.
    pub(crate) fn says_granted(&self) -> String {
        match self.kind {
            Kind::Deactivated => "true".to_owned(),
            Kind::MemberRemoved => "user".to_owned(),
            kind => key_says(kind.scope(), &kind.models()),
        }
    }

    /// Tells what the fact says when the right is gone; nothing when the fact is
    /// gone, too.
    pub(crate) fn says_revoked(&self) -> Option<String> {
        match self.kind {
            Kind::Deleted | Kind::MemberRemoved => None,
            Kind::Narrowed => Some(key_says(&["management"], &Value::Null)),
            Kind::ModelRemoved => Some(key_says(self.kind.scope(), &json!([MODELS[1]]))),
            Kind::Deactivated => Some("false".to_owned()),
        }
    }

    fn put(&self, key: &str, json: &Value) -> Request {
        with_key(Method::PUT, &self.path, key).json(json)
    }

    fn activation(&self, key: &str, json: &Value) -> Request {
        with_key(Method::PATCH, &self.path, key).json(json)
    }
}
