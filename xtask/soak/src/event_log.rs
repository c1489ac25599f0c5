//! The whole record of changes of a server, read from its start.

use crate::records::{Fact, fact, number, state, text};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use tokio::time::sleep;
use xtask_harness::{
    client::Client,
    request::{Credentials, Request},
};

/// How often a page is asked for until it is answered.
const TRIES: usize = 100;

/// What is recorded.
#[derive(Debug, Default)]
pub(crate) struct EventLog {
    /// The positions of all events, in order.
    pub(crate) positions: Vec<String>,
    /// Those of changes to keys.
    pub(crate) of_keys: Vec<String>,
    /// What each thing was, from its creation to its end.
    pub(crate) histories: HashMap<String, Vec<Fact>>,
    /// The names with which keys were made.
    pub(crate) names: HashMap<String, String>,
    /// The last state of each thing as text, for messages.
    pub(crate) states: HashMap<String, String>,
    /// What does not fit together.
    pub(crate) wrong: Vec<String>,
    said: HashSet<String>,
}

// === impl EventLog ===

impl EventLog {
    /// Reads all.
    pub(crate) async fn read(client: &Client, by: Credentials<'_>) -> Result<Self> {
        let mut log = Self::default();
        let mut after = String::new();
        loop {
            let request = Request::get(format!("/v2/events?limit=1000{after}")).by(by);
            let page = ask(client, &request).await?;
            ensure!(
                page["is_complete"] == true,
                "events after {after} are missing"
            );
            for event in page["items"].as_array().context("no events")? {
                log.take(event)?;
            }
            after = format!("&after={}", text(&page, "next")?);
            if page["has_more"] != true {
                return Ok(log);
            }
        }
    }

    fn take(&mut self, event: &Value) -> Result<()> {
        let position = text(event, "id")?;
        self.positions.push(position.to_owned());
        let kind = text(event, "kind")?;
        let (what, change) = kind.split_once('.').context("an event of no kind")?;
        let thing = match what {
            "api_key" => format!("key {}", number(event, "api_key_id")?),
            "member" => {
                let organization = number(event, "organization_id")?;
                format!("member {organization} {}", number(event, "user_id")?)
            }
            "organization" => format!("organization {}", number(event, "organization_id")?),
            _ => format!("user {}", number(event, "user_id")?),
        };
        match change {
            "created" | "updated" | "deleted" => {}
            // Nothing is shown of a password.
            "password_changed" => return Ok(()),
            _ => {
                let said = format!("{thing} {change} {}", event["days"]);
                if !self.said.insert(said.clone()) {
                    self.wrong
                        .push(format!("{said} is said twice, at {position}"));
                }
                return Ok(());
            }
        }
        if what == "api_key" {
            self.of_keys.push(position.to_owned());
            if change == "created" {
                let name = text(&event["after"], "name")?.to_owned();
                self.names.insert(thing.clone(), name);
            }
        }
        let shown = |side: &str| (!event[side].is_null()).then(|| fact(&event[side]));
        let history = self.histories.entry(thing.clone()).or_default();
        let last = history.last().copied().flatten();
        if last != shown("before") {
            let before = state(&event["before"]);
            let known = self.states.get(&thing);
            let wrong = format!("at {position} {thing} was {before}, and {known:?} before");
            self.wrong.push(wrong);
        }
        if (change == "created") != event["before"].is_null()
            || (change == "deleted") != event["after"].is_null()
        {
            self.wrong
                .push(format!("at {position} {thing} is {change}: {event}"));
        }
        history.push(shown("after"));
        self.states.insert(thing, state(&event["after"]));
        Ok(())
    }
}

/// Reads a page of something, again if there is no answer.
pub(crate) async fn ask(client: &Client, request: &Request) -> Result<Value> {
    for _ in 0..TRIES {
        match client.send(request).await {
            Ok(answer) if answer.status != 503 => return answer.expect_ok(),
            _ => sleep(Duration::from_millis(100)).await,
        }
    }
    bail!("{} is not answered", request.path())
}
