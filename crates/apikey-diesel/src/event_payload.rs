//! The payload of an event: JSON with a format of its own, separate from the rows of
//! the tables, because events outlive migrations.
//!
//! Events are read for as long as they are kept, also by nodes of other releases that
//! share the database. So fields are only ever added, each with a default for events
//! written before it, and unknown fields are ignored. A change that an older release
//! would misread MUST raise the version: a node that does not know the version treats
//! the event as a revocation of whatever its columns name, and one that does not know
//! its kind as a revocation of everything.

mod api_key;
mod membership;
mod notice;
mod organization;
mod payload;
mod user;
mod values;

use crate::rows::RowContext;
use api_key::ApiKeyPayload;
use apikey_domain::{
    change::{
        Change, Transition,
        event::{EventKind, EventSubject},
    },
    error::PortError,
    identity::user::User,
};
use membership::MembershipPayload;
use notice::NoticePayload;
use organization::OrganizationPayload;
use payload::Payload;
use serde::{Deserialize, Serialize};
use user::UserPayload;

/// The version of the payloads that this release writes.
const VERSION: u32 = 1;

/// The payloads of a subject before and after a change, as JSON.
pub(crate) type Payloads = (Option<String>, Option<String>);

/// A payload with its version.
#[derive(Serialize)]
struct Versioned<P> {
    v: u32,
    #[serde(flatten)]
    payload: P,
}

/// The version of a payload. It is 0 for payloads from before there were versions,
/// which have the fields of version 1.
#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    v: u32,
}

/// Serializes the payloads of a change.
///
/// # Errors
///
/// [`PortError::Corrupt`] when a payload cannot be serialized.
pub(crate) fn to_payloads(change: &Change) -> Result<Payloads, PortError> {
    match change {
        Change::Key(key) => serialize_transition::<ApiKeyPayload>(key),
        Change::User(user) => serialize_transition::<UserPayload>(user),
        Change::Password(user) => Ok((None, Some(serialize::<UserPayload>(user)?))),
        Change::Notice(notice) => Ok((None, Some(serialize::<NoticePayload>(notice)?))),
        Change::Organization(organization) => {
            serialize_transition::<OrganizationPayload>(organization)
        }
        Change::Member(member) => serialize_transition::<MembershipPayload>(member),
    }
}

/// Parses the payloads of a change of this kind.
///
/// # Errors
///
/// [`PortError::Corrupt`], naming the event, when they are not those of such a
/// change.
pub(crate) fn from_payloads(
    event: &RowContext,
    kind: EventKind,
    payloads: Payloads,
) -> Result<Change, PortError> {
    let change = match kind.subject() {
        EventSubject::Key => Change::Key(parse_transition::<ApiKeyPayload>(event, payloads)?),
        EventSubject::User => Change::User(parse_transition::<UserPayload>(event, payloads)?),
        EventSubject::Password => {
            let transition: Transition<User> = parse_transition::<UserPayload>(event, payloads)?;
            Change::Password(transition.subject().clone())
        }
        EventSubject::Notice => match payloads {
            (None, Some(text)) => Change::Notice(parse::<NoticePayload>(event, &text)?),
            _ => return Err(event.corrupt(&"a notice is one key")),
        },
        EventSubject::Organization => {
            Change::Organization(parse_transition::<OrganizationPayload>(event, payloads)?)
        }
        EventSubject::Member => {
            Change::Member(parse_transition::<MembershipPayload>(event, payloads)?)
        }
    };
    // Otherwise a deletion that lost a payload could pass for a harmless change.
    if change.kind() != kind {
        return Err(event.corrupt(&format!("a {kind} that reads as {}", change.kind())));
    }
    Ok(change)
}

fn serialize_transition<P: Payload>(
    transition: &Transition<P::Subject>,
) -> Result<Payloads, PortError> {
    let before = transition.before().map(serialize::<P>).transpose()?;
    Ok((before, transition.after().map(serialize::<P>).transpose()?))
}

fn serialize<P: Payload>(subject: &P::Subject) -> Result<String, PortError> {
    let versioned = Versioned {
        v: VERSION,
        payload: P::of(subject),
    };
    serde_json::to_string(&versioned).map_err(|error| PortError::Corrupt(error.to_string()))
}

fn parse_transition<P: Payload>(
    event: &RowContext,
    (before, after): Payloads,
) -> Result<Transition<P::Subject>, PortError> {
    let before = before.map(|text| parse::<P>(event, &text)).transpose()?;
    let after = after.map(|text| parse::<P>(event, &text)).transpose()?;
    match (before, after) {
        (None, Some(after)) => Ok(Transition::Created(after)),
        (Some(before), Some(after)) => Ok(Transition::Updated { before, after }),
        (Some(before), None) => Ok(Transition::Deleted(before)),
        (None, None) => Err(event.corrupt(&"neither before nor after")),
    }
}

fn parse<P: Payload>(event: &RowContext, text: &str) -> Result<P::Subject, PortError> {
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
    use apikey_domain::{
        key::{api_key::ApiKey, changes::ApiKeyChanges, rotation::Step},
        testing::fixture,
    };
    use serde_json::{Value, json};

    const RECORDED: &str = include_str!("../tests/recorded_events/without_version.json");

    fn rotated(key: &ApiKey, access_key: &str) -> ApiKey {
        let changes = ApiKeyChanges {
            step: Some(Step::Rotate(fixture::new_credential(access_key))),
            ..ApiKeyChanges::default()
        };
        let reach = fixture::reach(None, None);
        let after = reach.changed(key, &changes, fixture::instant());
        after.unwrap().unwrap()
    }

    /// Releases from before rotation forget what they know of the access key that a key has
    /// after a change. The one that they may know is the first.
    #[test]
    fn an_event_of_a_rotated_key_names_its_first_access_key_and_is_read_as_it_was() {
        let event = RowContext {
            table: "events",
            id: 1,
        };
        let key = fixture::api_key(7, "ci");
        let once = rotated(&key, "0000000000000008");
        let twice = rotated(&once, "0000000000000009");
        for (before, after) in [(key.clone(), once.clone()), (once, twice)] {
            let change = Change::Key(Transition::Updated { before, after });
            let payloads = to_payloads(&change).unwrap();
            let written: Value = serde_json::from_str(payloads.1.as_deref().unwrap()).unwrap();
            assert_eq!(written["access_key"], key.access_key.as_str());
            let kind = EventKind::parse("api_key.updated").unwrap();
            let read = from_payloads(&event, kind, payloads).unwrap();
            assert_eq!(read, change);
        }
    }

    /// Releases from before there were versions can read today's payloads: they
    /// require every field of their own, and ignore the version and later fields.
    #[test]
    fn payloads_have_every_field_of_the_first_release_and_a_version() {
        let event = RowContext {
            table: "events",
            id: 1,
        };
        let recorded: Vec<Value> = serde_json::from_str(RECORDED).unwrap();
        for row in recorded {
            let kind = EventKind::parse(row["kind"].as_str().unwrap()).unwrap();
            let text = |side: &str| row[side].as_str().map(str::to_owned);
            let (before, after) = (text("before"), text("after"));
            let change = from_payloads(&event, kind, (before.clone(), after.clone())).unwrap();
            let written = to_payloads(&change).unwrap();
            for (recorded, written) in [(before, written.0), (after, written.1)] {
                let object = |text: String| serde_json::from_str::<Value>(&text).unwrap();
                let (recorded, written) = (recorded.map(object), written.map(object));
                assert_eq!(recorded.is_some(), written.is_some(), "{kind}");
                let (Some(recorded), Some(written)) = (recorded, written) else {
                    continue;
                };
                assert_eq!(written["v"], json!(1));
                for (field, value) in recorded.as_object().unwrap() {
                    assert_eq!(written.get(field), Some(value), "{field} of {kind}");
                }
            }
        }
    }
}
