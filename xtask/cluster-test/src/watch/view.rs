//! What a watcher knows, and what it received to come to know it.

use crate::{
    records::History,
    secrets::without_time,
    tables::{Listed, fact, numbered},
};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};
use xtask_harness::frames::Frame;

/// The fields that a change may change. The status does so by itself once there is an
/// expiry.
const CHANGEABLE: [&str; 8] = [
    "name",
    "description",
    "scope",
    "allowed_model_names",
    "expires_at",
    "status",
    "metadata",
    "credentials",
];

/// What a watcher knows.
#[derive(Debug, Default)]
pub(crate) struct View {
    keys: Listed,
    /// Where the stream can be taken up again.
    last_id: Option<String>,
    /// What was received without a break, segment by segment: events that have a
    /// place in the order of all.
    pub(crate) segments: Vec<Vec<String>>,
    seen: HashSet<String>,
    /// What was received of each key, from the first time on.
    histories: BTreeMap<String, History>,
    /// How often everything was forgotten.
    beginnings: u32,
    /// How many streams there were.
    pub(crate) streams: u32,
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
        let mut received: Value = serde_json::from_str(&data)?;
        let (number, key) = numbered(received["data"].take())?;
        received["data"] = key.clone();
        let (name, value) = fact(&key)?;
        let mut is_repeated = false;
        if let Some(id) = frame.id {
            let entry = format!("{id}, {event} {name}");
            is_repeated = !self.seen.insert(entry.clone());
            self.segments.last_mut().context("no segment")?.push(entry);
        }
        let before = match event.as_str() {
            "deleted" => self.keys.remove(&number),
            _ => self.keys.insert(number, key),
        };
        let value = (event != "deleted").then_some(value);
        let history = self.histories.entry(name.clone()).or_default();
        if history.last() != Some(&value) {
            history.push(value);
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

    /// Returns where the keys that are known are not those of a list.
    pub(crate) fn difference_to(&self, listed: &Listed) -> Option<String> {
        self.keys.keys().chain(listed.keys()).find_map(|id| {
            let (known, listed) = (self.keys.get(id), listed.get(id));
            (known != listed).then(|| format!("key {id} is {listed:?} and not {known:?}"))
        })
    }

    /// Compares what was received of each key with all acknowledged changes, unless
    /// something was forgotten meanwhile.
    pub(crate) fn differences(&self, expected: &BTreeMap<String, History>) -> Vec<String> {
        let mut wrong = Vec::new();
        for (name, history) in expected.iter().filter(|_| self.beginnings <= 1) {
            let received = self.histories.get(name).map_or(&[][..], Vec::as_slice);
            if received != history {
                let what = format!("of {name} was received {received:?}, and {history:?} happened");
                wrong.push(what);
            }
        }
        wrong
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

impl fmt::Display for View {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (keys, streams) = (self.keys.len(), self.streams);
        let events = self.segments.iter().map(Vec::len).sum::<usize>();
        let restarts = self.beginnings.saturating_sub(1);
        write!(
            formatter,
            "{events} events, {keys} keys, {streams} streams, {restarts} times sent again in full"
        )
    }
}

/// Checks that an update begins where the key was and ends where it is.
fn follows(before: &Value, received: &Value) -> Result<()> {
    let after = &received["data"];
    let has_expiry = [before, after]
        .iter()
        .any(|key| !key["expires_at"].is_null());
    for field in CHANGEABLE {
        if field == "status" && has_expiry {
            continue;
        }
        let change = &received["changed_fields"][field];
        if change.is_null() {
            ensure!(
                before[field] == after[field],
                "{field} changed and is not among the changed fields"
            );
            continue;
        }
        let [old, new] = [0, 1].map(|place| {
            let mut value = change[place][0].clone();
            if field == "credentials" {
                without_time(&mut value);
            }
            value
        });
        let known = &before[field];
        ensure!(
            old == *known,
            "{field} was {known} and is said to have been {old}"
        );
        ensure!(new == after[field], "{field} is not what it changed to");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
