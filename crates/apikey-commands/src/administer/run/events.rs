//! `event`

use super::cell;
use crate::administer::{
    api_answer::{self, Page},
    arguments::{EventAction, EventFilter},
    client::{Call, Client},
    failure::Failure,
    names::{self, Kind},
    output::{Column, Output},
    progress::Progress,
};
use apikey_domain::{port::clock::Clock, system::SystemClock};
use std::{
    io::{Write, stderr},
    thread::sleep,
    time::Duration,
};

const COLUMNS: [Column; 7] = [
    ("POSITION", |event| cell(event, "id")),
    ("AT", |event| cell(event, "at")),
    ("KIND", |event| cell(event, "kind")),
    ("BY", |event| {
        let by = event.get("by").and_then(|by| by.get("user_id"));
        by.map_or("-".to_owned(), ToString::to_string)
    }),
    ("KEY", |event| cell(event, "api_key_id")),
    ("USER", |event| cell(event, "user_id")),
    ("ORG", |event| cell(event, "organization_id")),
];

/// How many events are asked for at once.
const AT_ONCE: u32 = 500;
/// How often it is asked whether there are more.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn run(
    action: &EventAction,
    client: &Client,
    output: &mut Output,
) -> Result<(), Failure> {
    match action {
        EventAction::List(with) => {
            let call = filtered(&with.rest.filter, client)?
                .with_some("since", with.rest.since.as_ref())
                .with_some("until", with.rest.until.as_ref());
            let after = with.rest.after.clone();
            read_to_end(client, output, &call, after).map(drop)
        }
        EventAction::Follow(with) => {
            let call = filtered(&with.rest.filter, client)?;
            let after = with.rest.after.clone();
            let mut after = match after {
                Some(after) => Some(after),
                None => Some(end(client, &call)?),
            };
            loop {
                after = read_to_end(client, output, &call, after)?;
                sleep(PAUSE);
            }
        }
    }
}

fn filtered(filter: &EventFilter, client: &Client) -> Result<Call, Failure> {
    let id = |kind, text: &Option<String>| {
        let id = text.as_ref().map(|text| names::id_of(client, kind, text));
        id.transpose()
    };
    Ok(Call::get("/v2/events")
        .with("limit", AT_ONCE)
        .with_some("api_key_id", id(Kind::Key, &filter.key)?)
        .with_some("user_id", id(Kind::User, &filter.user)?)
        .with_some("organization_id", id(Kind::Organization, &filter.org)?)
        .with_some("kind", filter.kind.as_ref()))
}

/// Returns the position of the last event.
fn end(client: &Client, call: &Call) -> Result<String, Failure> {
    let now = SystemClock.now().to_rfc3339();
    let mut after = None;
    loop {
        let call = call.clone().with("since", &now).with_some("after", after);
        let text = client.call(&call)?;
        let page: Page = api_answer::read(&text)?;
        let next = page
            .next
            .ok_or_else(|| Failure::unreadable("there is no next"))?;
        if !page.has_more {
            return Ok(next);
        }
        after = Some(next);
    }
}

/// Prints the events after a position, and returns where to go on.
fn read_to_end(
    client: &Client,
    output: &mut Output,
    call: &Call,
    mut after: Option<String>,
) -> Result<Option<String>, Failure> {
    let mut progress = Progress::new();
    let mut done = 0;
    loop {
        let text = client.call(&call.clone().with_some("after", after.as_ref()))?;
        let page: Page = api_answer::read(&text)?;
        if !page.is_complete && after.is_some() {
            // Without anybody to read it, nothing is lost.
            let _ = writeln!(stderr(), "warning: older events were deleted for their age");
        }
        done += page.items.len() as u64;
        progress.done(done, None);
        if !page.items.is_empty() {
            output.rows(&page.items, &COLUMNS)?;
        }
        after = page.next.or(after);
        if !page.has_more {
            return Ok(after);
        }
    }
}
