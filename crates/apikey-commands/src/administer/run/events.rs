//! `event`

use super::parts::cell;
use crate::administer::{
    api_answer::{self, Page},
    arguments::{EventAction, EventFilter},
    call::Call,
    client::Client,
    failure::Failure,
    fields::Fields,
    names::{self, Kind},
    output::{Column, Output},
    progress::Progress,
};
use serde_json::value::RawValue;
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
/// A position that no event will have.
const BEYOND: &str = "9000000000000000000-0";
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
            read_to_end(client, output, &call, after, None).map(drop)
        }
        EventAction::Follow(with) => {
            let filter = &with.rest.filter;
            let end = end(client, &filtered(filter, client)?)?;
            let mut after = Some(with.rest.after.clone().unwrap_or(end));
            // No index has the kinds: asked for one, the service would look at all events since
            // the last of it, each time.
            let call = filtered(&without_kind(filter), client)?;
            loop {
                let kind = filter.kind.as_deref();
                after = read_to_end(client, output, &call, after, kind)?;
                output.check_open()?;
                sleep(PAUSE);
            }
        }
    }
}

fn without_kind(filter: &EventFilter) -> EventFilter {
    EventFilter {
        kind: None,
        ..filter.clone()
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

/// Returns the position of the last event: where those go on who ask for what comes after the
/// end. A filter that is wrong is refused.
fn end(client: &Client, call: &Call) -> Result<String, Failure> {
    let text = client.call(&call.clone().with("after", BEYOND))?;
    let page: Page = api_answer::read(&text)?;
    page.next
        .ok_or_else(|| Failure::unreadable("there is no next"))
}

/// Prints the events after a position, of this kind if one is given, and returns where to go
/// on.
fn read_to_end(
    client: &Client,
    output: &mut Output,
    call: &Call,
    mut after: Option<String>,
    kind: Option<&str>,
) -> Result<Option<String>, Failure> {
    let mut progress = Progress::new();
    let mut done = 0;
    loop {
        let text = client.call(&call.clone().with_some("after", after.as_ref()))?;
        let mut page: Page = api_answer::read(&text)?;
        if !page.is_complete && after.is_some() {
            // Without anybody to read it, nothing is lost.
            let _ = writeln!(stderr(), "warning: older events were deleted for their age");
        }
        done += page.items.len() as u64;
        progress.done(done, None);
        if let Some(kind) = kind {
            page.items.retain(|event| is_of(event, kind));
        }
        if !page.items.is_empty() {
            output.rows(&page.items, &COLUMNS)?;
        }
        if page.has_more && (page.next.is_none() || page.next == after) {
            return Err(Failure::unreadable("the list does not go on"));
        }
        after = page.next.or(after);
        if !page.has_more {
            return Ok(after);
        }
    }
}

fn is_of(event: &RawValue, kind: &str) -> bool {
    Fields::read(event.get()).is_ok_and(|event| event.text("kind") == Some(kind))
}
