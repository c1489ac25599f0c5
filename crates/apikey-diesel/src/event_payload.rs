//! What an event says of its subject: JSON of its own, apart from the rows of
//! the tables, because an event outlives a migration.
//!
//! Events are read for as long as they are kept, and by nodes of other releases
//! that share the database. So a field is only ever added, and has a default for
//! events that were written before it; a field that is not known is passed over.
//! Before an older release would misread what is written, the version rises: a
//! node that does not know it takes the event for a revocation of whatever its
//! columns name.

mod api_key;
mod membership;
mod organization;
mod payload;
mod user;

use crate::rows::Found;
use api_key::ApiKeyPayload;
use apikey_domain::{
    change::{Change, Transition, event::EventKind},
    error::PortError,
    identity::user::User,
};
use membership::MembershipPayload;
use organization::OrganizationPayload;
use payload::Payload;
use serde::{Deserialize, Serialize};
use user::UserPayload;

/// The version that is written.
const VERSION: u32 = 1;

/// The JSON of a subject before and after a change.
pub(crate) type Texts = (Option<String>, Option<String>);

/// A payload as it is written.
#[derive(Serialize)]
struct Versioned<P> {
    v: u32,
    #[serde(flatten)]
    payload: P,
}

/// The version of a payload; 0 for those that were written before there was one,
/// which have the fields of version 1.
#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    v: u32,
}

/// Writes what is told of a change.
///
/// # Errors
///
/// [`PortError::Corrupt`] when it cannot be written as JSON.
pub(crate) fn write(change: &Change) -> Result<Texts, PortError> {
    match change {
        Change::Key(key) => both::<ApiKeyPayload>(key),
        Change::User(user) => both::<UserPayload>(user),
        Change::Password(user) => Ok((None, Some(json::<UserPayload>(user)?))),
        Change::Organization(organization) => both::<OrganizationPayload>(organization),
        Change::Member(member) => both::<MembershipPayload>(member),
    }
}

/// Reads what was told of a change of this kind.
///
/// # Errors
///
/// [`PortError::Corrupt`], naming the event, when that is not such a change.
pub(crate) fn read(event: &Found, kind: EventKind, texts: Texts) -> Result<Change, PortError> {
    let (subject, _) = kind.as_str().split_once('.').unwrap_or_default();
    let change = match (subject, kind.as_str()) {
        (_, "user.password_changed") => {
            let transition: Transition<User> = transition::<UserPayload>(event, texts)?;
            Change::Password(transition.subject().clone())
        }
        ("api_key", _) => Change::Key(transition::<ApiKeyPayload>(event, texts)?),
        ("user", _) => Change::User(transition::<UserPayload>(event, texts)?),
        ("organization", _) => {
            Change::Organization(transition::<OrganizationPayload>(event, texts)?)
        }
        _ => Change::Member(transition::<MembershipPayload>(event, texts)?),
    };
    // Else a deletion that lost one side could pass for something harmless.
    if change.kind() != kind {
        return Err(event.corrupt(&format!("a {kind} that reads as {}", change.kind())));
    }
    Ok(change)
}

fn both<P: Payload>(transition: &Transition<P::Subject>) -> Result<Texts, PortError> {
    let before = transition.before().map(json::<P>).transpose()?;
    Ok((before, transition.after().map(json::<P>).transpose()?))
}

fn json<P: Payload>(subject: &P::Subject) -> Result<String, PortError> {
    let versioned = Versioned {
        v: VERSION,
        payload: P::of(subject),
    };
    serde_json::to_string(&versioned).map_err(|error| PortError::Corrupt(error.to_string()))
}

fn transition<P: Payload>(
    event: &Found,
    (before, after): Texts,
) -> Result<Transition<P::Subject>, PortError> {
    let before = before.map(|text| subject::<P>(event, &text)).transpose()?;
    let after = after.map(|text| subject::<P>(event, &text)).transpose()?;
    match (before, after) {
        (None, Some(after)) => Ok(Transition::Created(after)),
        (Some(before), Some(after)) => Ok(Transition::Updated { before, after }),
        (Some(before), None) => Ok(Transition::Deleted(before)),
        (None, None) => Err(event.corrupt(&"neither before nor after")),
    }
}

fn subject<P: Payload>(event: &Found, text: &str) -> Result<P::Subject, PortError> {
    let corrupt = |error| event.corrupt(&error);
    let Version { v } = serde_json::from_str(text).map_err(corrupt)?;
    if v > VERSION {
        return Err(event.corrupt(&format!("version {v} of a later release")));
    }
    let payload: P = serde_json::from_str(text).map_err(corrupt)?;
    payload.subject(event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const RECORDED: &str = include_str!("../tests/recorded_events/without_version.json");

    /// A release from before there was a version reads what is written: it
    /// demands every field of its own, and passes over the version.
    #[test]
    fn what_is_written_is_what_was_recorded_and_a_version() {
        let event = Found {
            table: "events",
            id: 1,
        };
        let recorded: Vec<Value> = serde_json::from_str(RECORDED).unwrap();
        for row in recorded {
            let kind = EventKind::parse(row["kind"].as_str().unwrap()).unwrap();
            let text = |side: &str| row[side].as_str().map(str::to_owned);
            let (before, after) = (text("before"), text("after"));
            let change = read(&event, kind, (before.clone(), after.clone())).unwrap();
            let written = write(&change).unwrap();
            for (recorded, written) in [(before, written.0), (after, written.1)] {
                let object = |text: String| serde_json::from_str::<Value>(&text).unwrap();
                let mut expected = recorded.map(object);
                if let Some(expected) = &mut expected {
                    expected["v"] = json!(1);
                }
                assert_eq!(written.map(object), expected, "{kind}");
            }
        }
    }
}
