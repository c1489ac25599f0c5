//! What the database must hold: every acknowledged change, and nothing that
//! nobody asked for.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;

use serde_json::Value;

use crate::lock::locked;

/// Facts that are known, by name. A fact is a row, written as one text.
#[derive(Debug, Default)]
pub(crate) struct Records(Mutex<BTreeMap<String, Record>>);

/// What a place was found to hold: facts and what they say.
pub(crate) type Found = BTreeMap<String, String>;

/// What a fact said, one after the other; nothing while it was not there.
pub(crate) type History = Vec<Option<String>>;

#[derive(Debug)]
struct Record {
    known: Known,
    history: History,
    /// Whether the outcome of every change is known.
    is_whole: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    /// It is there and says this.
    Is(String),
    /// It is not there.
    IsNot,
    /// A change to it is under way, or its outcome is unknown.
    Undecided,
}

// === impl Records ===

impl Records {
    /// A change to a fact is about to be sent.
    pub(crate) fn begin(&self, fact: &str) {
        let mut records = locked(&self.0);
        let record = records.entry(fact.to_owned()).or_insert_with(|| Record {
            known: Known::IsNot,
            history: History::new(),
            is_whole: true,
        });
        // The outcome of a change before this one never became known.
        record.is_whole &= record.known != Known::Undecided;
        record.known = Known::Undecided;
    }

    /// Adds a fact that is known at once.
    pub(crate) fn add(&self, fact: &str, says: &str) {
        self.begin(fact);
        self.settle(fact, Some(says));
    }

    /// A change was answered: now the fact says this, or is gone.
    pub(crate) fn settle(&self, fact: &str, says: Option<&str>) {
        let mut records = locked(&self.0);
        let Some(record) = records.get_mut(fact) else {
            return;
        };
        let says = says.map(str::to_owned);
        record.known = says.clone().map_or(Known::IsNot, Known::Is);
        if record.history.last() != Some(&says) {
            record.history.push(says);
        }
    }

    /// Forgets what facts said before now, as one who begins to watch does.
    pub(crate) fn forget_history(&self) {
        for record in locked(&self.0).values_mut() {
            let last = record.history.pop();
            record.history = last.into_iter().filter(Option::is_some).collect();
        }
    }

    /// Returns what facts of a kind said since, as far as that is known.
    pub(crate) fn histories(&self, kind: &str) -> BTreeMap<String, History> {
        let records = locked(&self.0);
        let whole = records.iter().filter(|(name, record)| {
            name.starts_with(kind) && record.is_whole && record.known != Known::Undecided
        });
        whole
            .filter(|(_, record)| !record.history.is_empty())
            .map(|(name, record)| (name.clone(), record.history.clone()))
            .collect()
    }

    /// Compares with what was found in a place, as far as facts of a kind go;
    /// what is undecided may be there or not. Returns what is wrong.
    pub(crate) fn differences(&self, kind: &str, found: &Found) -> Vec<String> {
        let records = locked(&self.0);
        let mut wrong = Vec::new();
        let of_kind = |name: &str| name.starts_with(kind);
        for (name, record) in records.iter().filter(|(name, _)| of_kind(name)) {
            let says = found.get(name);
            match (&record.known, says) {
                (Known::Undecided, _) | (Known::IsNot, None) => {}
                (Known::Is(known), Some(says)) if known == says => {}
                (Known::Is(known), Some(says)) => {
                    wrong.push(format!("{name} is `{says}` and must be `{known}`"));
                }
                (Known::Is(known), None) => wrong.push(format!("{name} (`{known}`) is LOST")),
                (Known::IsNot, Some(says)) => wrong.push(format!("{name} (`{says}`) is back")),
            }
        }
        let foreign = found.keys().filter(|name| of_kind(name));
        let foreign = foreign.filter(|name| !records.contains_key(*name));
        wrong.extend(foreign.map(|name| format!("{name} was made by nobody")));
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

/// Tells of a key what can be taken from it.
pub(crate) fn key_says(scope: &[&str], models: &Value) -> String {
    let mut says = scope.join(",");
    if !models.is_null() {
        // Writing to a text cannot fail.
        let _ = write!(says, " {models}");
    }
    says
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(facts: &[(&str, &str)]) -> Found {
        let facts = facts.iter();
        facts
            .map(|(name, says)| ((*name).to_owned(), (*says).to_owned()))
            .collect()
    }

    fn records(facts: &[(&str, Option<&str>)]) -> Records {
        let records = Records::default();
        for (name, says) in facts {
            records.begin(name);
            records.settle(name, *says);
        }
        records
    }

    #[test]
    fn a_lost_key_and_one_that_is_back_are_reported() {
        let records = records(&[("key a", Some("inference")), ("key b", None)]);
        assert_eq!(
            records.differences("key", &found(&[("key a", "inference")])),
            Vec::<String>::new()
        );
        let wrong = records.differences("key", &found(&[("key b", "inference")]));
        assert_eq!(
            wrong,
            ["key a (`inference`) is LOST", "key b (`inference`) is back"]
        );
    }

    #[test]
    fn a_change_that_was_undone_and_a_foreign_fact_are_reported() {
        let records = records(&[("user 1", Some("false"))]);
        let wrong = records.differences("user", &found(&[("user 1", "true"), ("user 2", "true")]));
        assert_eq!(
            wrong,
            [
                "user 1 is `true` and must be `false`",
                "user 2 was made by nobody"
            ]
        );
    }

    #[test]
    fn an_undecided_fact_may_be_anything() {
        let records = Records::default();
        records.begin("key a");
        assert!(records.differences("key", &found(&[])).is_empty());
        let there = found(&[("key a", "inference")]);
        assert!(records.differences("key", &there).is_empty());
    }

    #[test]
    fn a_history_has_each_change_once() {
        let records = records(&[("key a", Some("x")), ("key a", Some("x")), ("key a", None)]);
        let expected = [Some("x".to_owned()), None];
        assert_eq!(records.histories("key")["key a"], expected);
        records.forget_history();
        assert!(records.histories("key").is_empty());
    }

    #[test]
    fn a_history_with_a_change_of_unknown_outcome_is_none() {
        let records = records(&[("key a", Some("x"))]);
        records.begin("key a");
        assert!(records.histories("key").is_empty());
        records.begin("key a");
        records.settle("key a", None);
        assert!(records.histories("key").is_empty());
        assert!(records.differences("key", &found(&[])).is_empty());
    }
}
