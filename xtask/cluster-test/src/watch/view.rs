//! What a watcher knows, and what it received to come to know it.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::records::History;
use crate::tables::{Listed, fact};
use crate::watch::frames::Frame;

/// The fields that a change may change.
const CHANGEABLE: [&str; 3] = ["description", "scope", "allowed_model_names"];

/// An event that has a place in the order of all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) event: String,
    pub(crate) key: i64,
}

/// What a watcher knows.
#[derive(Debug, Default)]
pub(crate) struct View {
    keys: Listed,
    /// Where the stream can be taken up again.
    last_id: Option<String>,
    /// What was received without a break, segment by segment.
    segments: Vec<Vec<Entry>>,
    seen: HashSet<Entry>,
    /// What was received of each key, from the first time on.
    histories: BTreeMap<String, History>,
    /// How often everything was forgotten.
    beginnings: u32,
}

// === impl View ===

impl View {
    /// A stream is about to be opened: returns the place to take it up from, or
    /// forgets all when there is none.
    pub(crate) fn reopen(&mut self) -> Option<String> {
        if self.last_id.is_none() {
            self.forget();
        }
        self.last_id.clone()
    }

    /// Takes what is received next.
    pub(crate) fn take(&mut self, frame: Frame) -> Result<()> {
        if frame.event.as_deref() == Some("resync") {
            self.forget();
            self.last_id = frame.id.filter(|id| !id.is_empty());
            return Ok(());
        }
        self.last_id = frame.id.clone().or(self.last_id.take());
        let Some(event) = frame.event else {
            return Ok(());
        };
        let data = frame.data.context("an event without data")?;
        let received: Value = serde_json::from_str(&data)?;
        let key = received["data"].clone();
        let number = key["id"].as_i64().context("a key without a number")?;
        let mut is_repeated = false;
        if let Some(id) = frame.id {
            let event = event.clone();
            let entry = Entry {
                id,
                event,
                key: number,
            };
            is_repeated = !self.seen.insert(entry.clone());
            if self.segments.is_empty() {
                self.segments.push(Vec::new());
            }
            self.segments.last_mut().context("no segment")?.push(entry);
        }
        let before = match event.as_str() {
            "deleted" => self.keys.remove(&number),
            _ => self.keys.insert(number, key.clone()),
        };
        let (name, says) = fact(&key)?;
        let says = (event != "deleted").then_some(says);
        let history = self.histories.entry(name.clone()).or_default();
        if history.last() != Some(&says) {
            history.push(says);
        }
        ensure!(
            !is_repeated,
            "{name} was {event} at a place that was received before"
        );
        match (event.as_str(), before) {
            ("created", None) | ("deleted", Some(_)) => Ok(()),
            ("created", Some(_)) => bail!("{name} was created and was there already"),
            ("updated", Some(before)) => {
                follows(&before, &received).with_context(|| format!("{name} was updated"))
            }
            (event, None) => bail!("{name} was {event} and was never there"),
            (event, _) => bail!("an event called {event}"),
        }
    }

    /// Returns the keys that are known.
    pub(crate) fn keys(&self) -> &Listed {
        &self.keys
    }

    /// Returns what was received without a break, segment by segment.
    pub(crate) fn segments(&self) -> &[Vec<Entry>] {
        &self.segments
    }

    /// Returns how many events there were after what was there before, and how
    /// often everything was sent anew.
    pub(crate) fn counts(&self) -> (usize, u32) {
        let events = self.segments.iter().map(Vec::len).sum();
        (events, self.beginnings.saturating_sub(1))
    }

    /// Returns where the keys that are known are not those of a list.
    pub(crate) fn difference_to(&self, listed: &Listed) -> Option<String> {
        let unknown = listed.keys().find(|id| !self.keys.contains_key(id));
        if let Some(id) = unknown {
            return Some(format!("{} is there", name_of(&listed[id])));
        }
        self.keys
            .iter()
            .find_map(|(id, known)| match listed.get(id) {
                None => Some(format!("{} is gone", name_of(known))),
                Some(listed) if without_use(known) != without_use(listed) => {
                    Some(format!("{} is {listed} and not {known}", name_of(known)))
                }
                Some(_) => None,
            })
    }

    /// Compares what was received of each key with all acknowledged changes, unless
    /// something was forgotten meanwhile.
    pub(crate) fn differences(&self, expected: &BTreeMap<String, History>) -> Vec<String> {
        if self.beginnings > 1 {
            return Vec::new();
        }
        let received = |name: &String| self.histories.get(name).cloned().unwrap_or_default();
        let different = expected
            .iter()
            .filter(|(name, history)| received(name) != **history);
        different
            .map(|(name, history)| {
                let received = received(name);
                format!("of {name} was received {received:?}, and {history:?} happened")
            })
            .collect()
    }

    fn forget(&mut self) {
        self.keys.clear();
        self.histories.clear();
        self.seen.clear();
        self.segments.push(Vec::new());
        self.last_id = None;
        self.beginnings += 1;
    }
}

/// Checks that an update begins where the key was and ends where it is.
fn follows(before: &Value, received: &Value) -> Result<()> {
    let after = &received["data"];
    for field in CHANGEABLE {
        let change = &received["changed_fields"][field];
        let (old, new) = (&change[0][0], &change[1][0]);
        if change.is_null() {
            ensure!(
                before[field] == after[field],
                "{field} changed without a word"
            );
            continue;
        }
        let known = &before[field];
        ensure!(
            old == known,
            "{field} was {known} and is said to have been {old}"
        );
        ensure!(*new == after[field], "{field} is not what it changed to");
    }
    Ok(())
}

/// Leaves out what changes without an event.
fn without_use(key: &Value) -> Value {
    let mut key = key.clone();
    if let Some(fields) = key.as_object_mut() {
        fields.remove("last_used_at");
    }
    key
}

fn name_of(key: &Value) -> String {
    format!("the key {}", key["name"])
}

#[cfg(test)]
mod tests;
