//! What the database must hold: every acknowledged change, and nothing that was
//! not requested.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    time::Instant,
};
use xtask_harness::lock::locked;

/// Facts that are known, by name. A fact is a row, written as one text.
#[derive(Debug, Default)]
pub(crate) struct Records(Mutex<BTreeMap<String, Record>>);

/// What a place was found to hold: facts and their values.
pub(crate) type Found = BTreeMap<String, String>;

/// The values of a fact, one after the other; nothing while it was not there.
pub(crate) type History = Vec<Option<String>>;

#[derive(Debug)]
struct Record {
    history: History,
    /// Whether no change is under way, nor of unknown outcome.
    is_decided: bool,
    /// Whether the outcome of every change is known.
    is_whole: bool,
    /// When the last change was answered.
    answered_at: Option<Instant>,
    /// Whether a change that was answered may have been lost with a primary.
    may_be_lost: bool,
}

// === impl Records ===

impl Records {
    /// A change to a fact is about to be sent.
    pub(crate) fn begin(&self, fact: &str) {
        let mut records = locked(&self.0);
        let record = records.entry(fact.to_owned()).or_insert_with(|| Record {
            history: History::new(),
            is_decided: true,
            is_whole: true,
            answered_at: None,
            may_be_lost: false,
        });
        // The outcome of a change before this one never became known.
        record.is_whole &= record.is_decided;
        record.is_decided = false;
    }

    /// Adds a fact that is known at once.
    pub(crate) fn add(&self, fact: &str, value: &str) {
        self.begin(fact);
        self.settle(fact, Some(value));
    }

    /// A change was answered: now the fact has this value, or is gone.
    pub(crate) fn settle(&self, fact: &str, value: Option<&str>) {
        let mut records = locked(&self.0);
        let Some(record) = records.get_mut(fact) else {
            return;
        };
        let value = value.map(str::to_owned);
        record.is_decided = true;
        record.answered_at = Some(Instant::now());
        if record.history.last() != Some(&value) {
            record.history.push(value);
        }
    }

    /// Takes what a new primary was found to hold when it was promoted, as far as
    /// changes were answered before. Returns the facts of which one is lost.
    ///
    /// A change that was answered later is none that may be lost.
    pub(crate) fn adopt(&self, found: &Found, promoted_at: Instant) -> Vec<String> {
        let mut lost = Vec::new();
        for (name, record) in locked(&self.0).iter_mut() {
            let value = found.get(name).cloned();
            let is_early = record.answered_at.is_some_and(|at| at < promoted_at);
            if !is_early || record.history.last() == Some(&value) {
                continue;
            }
            record.may_be_lost = true;
            record.is_whole = false;
            // Else a change of unknown outcome may have made the difference.
            if record.is_decided {
                record.history.push(value);
                lost.push(name.clone());
            }
        }
        lost
    }

    /// Returns whether a change to a fact that was answered may have been lost.
    pub(crate) fn may_be_lost(&self, fact: &str) -> bool {
        locked(&self.0)
            .get(fact)
            .is_some_and(|record| record.may_be_lost)
    }

    /// Forgets the values that facts had before now, as a client that begins to watch
    /// does not know them.
    pub(crate) fn forget_history(&self) {
        for record in locked(&self.0).values_mut() {
            let last = record.history.pop();
            record.history = last.into_iter().filter(Option::is_some).collect();
        }
    }

    /// Returns the values of keys since, as far as they are known.
    pub(crate) fn key_histories(&self) -> BTreeMap<String, History> {
        let records = locked(&self.0);
        let whole = records.iter().filter(|(name, record)| {
            let is_known = record.is_whole && record.is_decided;
            name.starts_with("key") && is_known && !record.history.is_empty()
        });
        whole
            .map(|(name, record)| (name.clone(), record.history.clone()))
            .collect()
    }

    /// Compares with what was found in a place, as far as facts of a kind go;
    /// what is undecided may be there or not. Returns what is wrong.
    pub(crate) fn differences(&self, kind: &str, found: &Found) -> Vec<String> {
        let records = locked(&self.0);
        let names: BTreeSet<_> = records.keys().chain(found.keys()).collect();
        let mut wrong = Vec::new();
        for name in names.iter().filter(|name| name.starts_with(kind)) {
            let record = records.get(*name);
            let expected = record.and_then(|record| record.history.last()?.as_ref());
            let value = found.get(*name);
            if record.is_none_or(|record| record.is_decided) && expected != value {
                wrong.push(format!("{name} must be {expected:?} and is {value:?}"));
            }
        }
        wrong
    }
}

/// Returns the name of the fact that there is a key.
pub(crate) fn key_fact(name: &str) -> String {
    format!("key {name}")
}

/// Returns the name of the fact that there is a user.
pub(crate) fn user_fact(user: i64) -> String {
    format!("user {user}")
}

/// Returns the name of the fact that a user is a member.
pub(crate) fn member_fact(organization: i64, user: i64) -> String {
    format!("member {organization}/{user}")
}

/// What became of a key that is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyEnd {
    /// Nothing: it has no end.
    None,
    /// It is disabled.
    Disabled,
    /// It is revoked.
    Revoked,
    /// It expires, or did.
    Expires,
}

// === impl KeyEnd ===

impl KeyEnd {
    /// Returns what the value of the key's fact has at its end.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Disabled => " disabled",
            Self::Revoked => " revoked",
            Self::Expires => " expires",
        }
    }
}

/// Returns the value of the fact that there is a key without an end: what can be taken
/// from it.
pub(crate) fn key_value(scope: &[&str], models: &Value) -> String {
    let scope = scope.join(",");
    match models {
        Value::Null => scope,
        models => format!("{scope} {models}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(facts: &[(&str, Option<&str>)]) -> Records {
        let records = Records::default();
        for (name, value) in facts {
            records.begin(name);
            records.settle(name, *value);
        }
        records
    }

    #[test]
    fn what_is_lost_or_back_or_undone_or_foreign_is_reported() {
        let facts = [("a", Some("x")), ("b", None), ("c", Some("y")), ("d", None)];
        let records = records(&facts);
        records.begin("d");
        let found = [("b", "x"), ("c", "x"), ("d", "x"), ("e", "x")];
        let found = found.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let wrong = ["a", "b", "c", "d", "e"]
            .map(|kind| records.differences(kind, &Found::from(found.clone())).len());
        assert_eq!(wrong, [1, 1, 1, 0, 1]);
    }

    #[test]
    fn a_history_has_each_change_once_and_none_of_unknown_outcome() {
        let records = records(&[("key a", Some("x")), ("key a", Some("x")), ("key a", None)]);
        let expected = [Some("x".to_owned()), None];
        assert_eq!(records.key_histories()["key a"], expected);
        records.begin("key a");
        assert!(records.key_histories().is_empty());
        records.begin("key a");
        records.settle("key a", None);
        assert!(records.key_histories().is_empty());
        assert!(records.differences("key", &Found::new()).is_empty());
    }

    #[test]
    fn what_a_new_primary_lacks_is_lost_if_it_was_answered_before() {
        let facts = ["key a", "key b", "key c"].map(|name| (name, Some("x")));
        let records = records(&facts);
        records.begin("key c");
        let promoted_at = Instant::now();
        records.add("key d", "x");
        let found = Found::from([("key b".to_owned(), "x".to_owned())]);
        assert_eq!(records.adopt(&found, promoted_at), ["key a"]);
        let lost = ["key a", "key b", "key c", "key d"].map(|fact| records.may_be_lost(fact));
        assert_eq!(lost, [true, false, true, false]);
        // What was answered afterwards must be there.
        assert_eq!(records.differences("key", &found).len(), 1);
        assert!(records.adopt(&found, promoted_at).is_empty());
        assert!(!records.key_histories().contains_key("key a"));
    }
}
