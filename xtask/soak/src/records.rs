//! What every key, user, organization and membership was acknowledged to be, from its
//! creation to its end.

use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap, HashSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    sync::Mutex,
};
use xtask_harness::lock::locked;

/// What a thing was, as a number that no other state has; nothing once it is gone.
pub(crate) type Fact = Option<u64>;

/// What was acknowledged of one thing, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) facts: Vec<Fact>,
    /// How many requests to change it had no answer and may have been made once more.
    pub(crate) unanswered: usize,
}

/// What was acknowledged of each thing, by its name, such as `key 5`.
#[derive(Debug, Default)]
pub(crate) struct Records {
    histories: Mutex<HashMap<String, History>>,
    /// The names of keys that may have been made: nobody answered.
    maybe: Mutex<HashSet<String>>,
}

// === impl Records ===

impl Records {
    /// A change was answered: what it concerns is like this now.
    pub(crate) fn put(&self, thing: &str, shown: &Value) {
        self.push(thing, Some(fact(shown)));
    }

    /// Its end was answered.
    pub(crate) fn end(&self, thing: &str) {
        self.push(thing, None);
    }

    /// A change had no answer, and will be made again.
    pub(crate) fn add_unanswered(&self, thing: &str) {
        let mut histories = locked(&self.histories);
        histories.entry(thing.to_owned()).or_default().unanswered += 1;
    }

    /// A key of this name may have been made.
    pub(crate) fn add_maybe(&self, name: &str) {
        locked(&self.maybe).insert(name.to_owned());
    }

    /// Returns whether a key of this name may have been made.
    pub(crate) fn is_maybe(&self, name: &str) -> bool {
        locked(&self.maybe).contains(name)
    }

    /// Returns what a thing was last acknowledged to be.
    pub(crate) fn last(&self, thing: &str) -> Option<Fact> {
        locked(&self.histories).get(thing)?.facts.last().copied()
    }

    /// Returns everything that was acknowledged so far.
    pub(crate) fn snapshot(&self) -> HashMap<String, History> {
        locked(&self.histories).clone()
    }

    fn push(&self, thing: &str, fact: Fact) {
        let mut histories = locked(&self.histories);
        let history = histories.entry(thing.to_owned()).or_default();
        // A change that was made again changes nothing more.
        if history.facts.last() != Some(&fact) {
            history.facts.push(fact);
        }
    }
}

/// Returns the number of a state as it is shown, without what changes by itself.
pub(crate) fn fact(shown: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    state(shown).hash(&mut hasher);
    hasher.finish()
}

/// Returns a state as text, without what changes by itself.
pub(crate) fn state(shown: &Value) -> String {
    let mut shown = shown.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.remove("value");
        fields.remove("last_used_at");
        if fields.get("expires_at").is_some_and(|at| !at.is_null()) {
            fields.remove("status");
        }
        // What the membership is made of, and when, and whose it is.
        if fields.contains_key("role") {
            fields.retain(|name, _| name == "role");
        }
        let credentials = fields.get_mut("credentials").and_then(Value::as_array_mut);
        for one in credentials.into_iter().flatten() {
            if let Some(fields) = one.as_object_mut() {
                fields.remove("last_used_at");
                if fields.get("expires_at").is_some_and(|at| !at.is_null()) {
                    fields.remove("state");
                }
            }
        }
    }
    in_order(&shown)
}

/// Returns JSON with its fields in the order of their names.
fn in_order(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.iter().collect();
            let shown = fields
                .into_iter()
                .map(|(name, value)| format!("{name:?}:{}", in_order(value)));
            format!("{{{}}}", shown.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let shown: Vec<_> = items.iter().map(in_order).collect();
            format!("[{}]", shown.join(","))
        }
        other => other.to_string(),
    }
}

/// Returns a number that an answer has.
pub(crate) fn number(value: &Value, field: &str) -> Result<i64> {
    let number = value[field].as_i64();
    number.with_context(|| format!("{field} is no number in {value}"))
}

/// Returns a text that an answer has.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    let text = value[field].as_str();
    text.with_context(|| format!("{field} is no text in {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_changes_by_itself_is_no_change() {
        let before = json!({"id": 1, "status": "active", "expires_at": "2026", "value": "v",
            "last_used_at": null, "credentials": [{"id": 1, "state": "active", "expires_at": null}]});
        let mut after = before.clone();
        after["status"] = json!("expired");
        after["last_used_at"] = json!("2025");
        after["value"] = Value::Null;
        assert_eq!(fact(&before), fact(&after));
        after["credentials"][0]["state"] = json!("pending");
        assert_ne!(fact(&before), fact(&after));
    }

    #[test]
    fn a_change_that_is_made_again_counts_once() {
        let records = Records::default();
        records.put("key 1", &json!({"id": 1}));
        records.put("key 1", &json!({"id": 1}));
        records.end("key 1");
        records.end("key 1");
        let history = records.snapshot().remove("key 1").unwrap();
        assert_eq!(history.facts, [Some(fact(&json!({"id": 1}))), None]);
        assert_eq!(records.last("key 1"), Some(None));
    }
}
