//! What a release was made to store, and what must hold of it whichever release serves it.

use crate::question::{By, Expected};
use serde::{Deserialize, Serialize};

/// The password of each person at first.
pub(crate) const PASSWORD: &str = "Passw0rd_1";

/// What the secrets are verified as that have ended for good.
const ENDED: [&str; 2] = ["Revoked", "Unknown"];

/// How long something is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Lasting {
    /// For as long as a test runs.
    Minutes,
    /// For good: the time alone changes nothing of it.
    Forever,
}

/// What a release was made to store.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) people: Vec<Person>,
    pub(crate) organizations: Vec<i64>,
    pub(crate) keys: Vec<Key>,
    /// Keys that are alike, of which only the verification is asked.
    pub(crate) many: Vec<Key>,
    /// Imported keys that nobody has used.
    pub(crate) unused: Vec<Key>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) once: Vec<Once>,
    /// What is to be withdrawn, in this order.
    pub(crate) rounds: Vec<Round>,
}

/// Somebody, with a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) password: String,
    pub(crate) id: i64,
    /// Whether the password is the right one of somebody who may sign in.
    pub(crate) signs_in: bool,
}

/// The value of a key. A key that was rotated has several.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) id: i64,
    /// What a verification of it is answered.
    pub(crate) code: String,
    pub(crate) scope: Vec<String>,
    pub(crate) models: Vec<String>,
}

/// A cookie.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) person: String,
    pub(crate) cookie: String,
    pub(crate) lives: bool,
}

/// A creation that was named, so that it can be sent again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Once {
    pub(crate) by: By,
    pub(crate) name: String,
    pub(crate) key: String,
}

/// What one release withdraws and grants in one go. The names are those of keys.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Round {
    pub(crate) label: String,
    pub(crate) deleted: String,
    pub(crate) disabled: String,
    pub(crate) enabled: String,
    pub(crate) revoked: String,
    pub(crate) narrowed: String,
    pub(crate) without_model: String,
    pub(crate) expired: String,
    pub(crate) renamed: String,
    pub(crate) rotated: String,
    /// The secret of a rotation that waits for its first use.
    pub(crate) pending: String,
    pub(crate) pending_value: String,
    /// One with a grace period, whose old secret is ended before, if there is one.
    pub(crate) retiring: Option<String>,
    pub(crate) leaver: i64,
    pub(crate) idle: i64,
    pub(crate) returning: i64,
    pub(crate) deleted_user: i64,
    pub(crate) changes_password: i64,
}

// === impl World ===

impl World {
    /// Returns the newest value of a key.
    pub(crate) fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().rev().find(|key| key.name == name)
    }

    /// Says what verifications of the values of a key are answered from now on.
    pub(crate) fn see(&mut self, name: &str, code: &str) {
        for key in self.keys.iter_mut().filter(|key| key.name == name) {
            // A secret that has ended stays so.
            if !ENDED.contains(&key.code.as_str()) || code == "Unknown" {
                code.clone_into(&mut key.code);
            }
        }
    }

    /// Returns somebody by their id, with the newest password.
    pub(crate) fn person(&self, id: i64) -> Option<&Person> {
        self.people.iter().rev().find(|person| person.id == id)
    }

    /// Says that somebody can no longer sign in, or can again.
    pub(crate) fn see_person(&mut self, id: i64, signs_in: bool) {
        let newest = self.people.iter_mut().rev().find(|person| person.id == id);
        if let Some(person) = newest {
            person.signs_in = signs_in;
        }
    }

    /// Says that all sessions of somebody have ended.
    pub(crate) fn end_sessions(&mut self, person: &str) {
        for session in &mut self.sessions {
            session.lives &= session.person != person;
        }
    }
}

// === impl Key ===

impl Key {
    /// Returns what a gateway is answered that wants a scope for a model.
    pub(crate) fn expected(&self, scope: &str, model: &str) -> Expected {
        let grants = |list: &[String], wanted: &str| list.iter().any(|one| one == wanted);
        let is_granted = grants(&self.scope, "*") || grants(&self.scope, scope);
        let is_allowed = self.models.is_empty() || grants(&self.models, model);
        Expected::Status(match self.code.as_str() {
            "Valid" if is_granted && is_allowed => 200,
            "Valid" => 403,
            _ => 401,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: &str, scope: &[&str], models: &[&str]) -> Key {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Key {
            name: "key".to_owned(),
            value: "value".to_owned(),
            id: 1,
            code: code.to_owned(),
            scope: texts(scope),
            models: texts(models),
        }
    }

    #[test]
    fn a_gateway_is_answered_by_what_the_key_may() {
        let status = |key: Key| key.expected("inference", "chat");
        assert_eq!(status(key("Valid", &["*"], &[])), Expected::Status(200));
        let limited = key("Valid", &["inference"], &["chat"]);
        assert_eq!(status(limited), Expected::Status(200));
        for refused in [
            key("Valid", &["management"], &[]),
            key("Valid", &[], &[]),
            key("Valid", &["*"], &["other"]),
        ] {
            assert_eq!(status(refused), Expected::Status(403));
        }
        assert_eq!(status(key("Expired", &["*"], &[])), Expected::Status(401));
    }

    #[test]
    fn a_secret_that_ended_is_never_good_again() {
        let mut world = World {
            keys: vec![key("Revoked", &["*"], &[]), key("Valid", &["*"], &[])],
            ..World::default()
        };
        world.see("key", "Disabled");
        let codes = |world: &World| -> Vec<String> {
            world.keys.iter().map(|key| key.code.clone()).collect()
        };
        assert_eq!(codes(&world), ["Revoked", "Disabled"]);
        world.see("key", "Valid");
        assert_eq!(codes(&world), ["Revoked", "Valid"]);
        world.see("key", "Unknown");
        assert_eq!(codes(&world), ["Unknown", "Unknown"]);
    }
}
