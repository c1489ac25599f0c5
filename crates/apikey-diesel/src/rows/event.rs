//! Events as rows, and back. What an event tells of is JSON of the row it was.

use super::{ApiKeyRow, Found, OrganizationRow, UserRow};
use crate::schema::events;
use apikey_domain::{
    change::{
        Change, Membership, Position, Transition,
        attribution::Attribution,
        event::{Event, EventKind},
        snapshot::Snapshot,
    },
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{organization::Role, user::User},
};
use diesel::prelude::{Insertable, Queryable};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// An event.
#[derive(Queryable)]
pub(crate) struct EventRow {
    pub(crate) horizon: i64,
    pub(crate) number: i64,
    pub(crate) transaction_id: i64,
    pub(crate) kind: String,
    pub(crate) at: i64,
    pub(crate) by_user_id: Option<i64>,
    pub(crate) by_api_key_id: Option<i64>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// An event to be written. Its place is the database's to give.
#[derive(Insertable)]
#[diesel(table_name = events)]
pub(crate) struct NewEventRow {
    kind: &'static str,
    at: i64,
    by_user_id: Option<i64>,
    by_api_key_id: Option<i64>,
    api_key_id: Option<i64>,
    user_id: Option<i64>,
    principal_id: Option<i64>,
    before: Option<String>,
    after: Option<String>,
}

/// How events tell of memberships.
#[derive(Serialize, Deserialize)]
struct MembershipRow {
    organization_id: i64,
    user_id: i64,
    role: String,
}

// === impl NewEventRow ===

impl NewEventRow {
    /// The row of a change.
    ///
    /// # Errors
    ///
    /// [`PortError::Corrupt`] when it cannot be written as JSON.
    pub(crate) fn of(by: Attribution, change: &Change) -> Result<Self, PortError> {
        let (before, after) = match change {
            Change::Key(key) => written(key, |key| ApiKeyRow::from(key))?,
            Change::User(user) => written(user, |user| UserRow::from(user))?,
            Change::Password(user) => (None, Some(json(&UserRow::from(user))?)),
            Change::Organization(organization) => written(organization, |organization| {
                OrganizationRow::from(organization)
            })?,
            Change::Member(member) => written(member, |member| MembershipRow::from(member))?,
        };
        Ok(Self {
            kind: change.kind().as_str(),
            at: by.at.microseconds(),
            by_user_id: by.user_id.map(|id| id.0),
            by_api_key_id: by.key_id.map(|id| id.0),
            api_key_id: change.api_key_id().map(|id| id.0),
            user_id: change.user_id().map(|id| id.0),
            principal_id: change.principal_id().map(|id| id.0),
            before,
            after,
        })
    }
}

type Texts = (Option<String>, Option<String>);

fn written<T, R: Serialize>(
    transition: &Transition<T>,
    row: impl Fn(&T) -> R,
) -> Result<Texts, PortError> {
    let text = |subject: Option<&T>| subject.map(|subject| json(&row(subject))).transpose();
    Ok((text(transition.before())?, text(transition.after())?))
}

fn json(row: &impl Serialize) -> Result<String, PortError> {
    serde_json::to_string(row).map_err(|error| PortError::Corrupt(error.to_string()))
}

// === impl EventRow ===

impl TryFrom<EventRow> for Event {
    type Error = PortError;

    fn try_from(row: EventRow) -> Result<Self, PortError> {
        let found = Found {
            table: "events",
            id: row.number,
        };
        let attribution = Attribution {
            at: found.instant(row.at)?,
            user_id: row.by_user_id.map(UserId),
            key_id: row.by_api_key_id.map(ApiKeyId),
        };
        Ok(Self {
            position: Position {
                horizon: row.horizon,
                number: row.number,
            },
            transaction: row.transaction_id,
            attribution,
            change: found.change(&row.kind, (row.before, row.after))?,
        })
    }
}

impl Found {
    fn change(&self, kind: &str, texts: Texts) -> Result<Change, PortError> {
        let kind = self.valid(EventKind::parse(kind))?;
        let (subject, _) = kind.as_str().split_once('.').unwrap_or_default();
        Ok(match (subject, kind.as_str()) {
            (_, "user.password_changed") => {
                let transition: Transition<User> = self.transition::<UserRow, _>(texts)?;
                Change::Password(transition.subject().clone())
            }
            ("api_key", _) => Change::Key(self.transition::<ApiKeyRow, _>(texts)?),
            ("user", _) => Change::User(self.transition::<UserRow, _>(texts)?),
            ("organization", _) => {
                Change::Organization(self.transition::<OrganizationRow, _>(texts)?)
            }
            _ => Change::Member(self.transition::<MembershipRow, _>(texts)?),
        })
    }

    fn transition<R, T>(&self, (before, after): Texts) -> Result<Transition<T>, PortError>
    where
        R: DeserializeOwned,
        T: TryFrom<R, Error = PortError>,
    {
        let read = |text: Option<String>| {
            let row: Option<R> = text
                .map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|error| self.corrupt(&error))?;
            row.map(T::try_from).transpose()
        };
        match (read(before)?, read(after)?) {
            (None, Some(after)) => Ok(Transition::Created(after)),
            (Some(before), Some(after)) => Ok(Transition::Updated { before, after }),
            (Some(before), None) => Ok(Transition::Deleted(before)),
            (None, None) => Err(self.corrupt(&"neither before nor after")),
        }
    }
}

// === impl MembershipRow ===

impl From<&Membership> for MembershipRow {
    fn from(membership: &Membership) -> Self {
        Self {
            organization_id: membership.organization_id.0,
            user_id: membership.user_id.0,
            role: membership.role.as_str().to_owned(),
        }
    }
}

impl TryFrom<MembershipRow> for Membership {
    type Error = PortError;

    fn try_from(row: MembershipRow) -> Result<Self, PortError> {
        let role = Role::parse(&row.role);
        Ok(Self {
            organization_id: PrincipalId(row.organization_id),
            user_id: UserId(row.user_id),
            role: role.map_err(|invalid| PortError::Corrupt(format!("events: {invalid}")))?,
        })
    }
}

/// Reads a snapshot as PostgreSQL writes it: `{xmin}:{xmax}:{xip},{xip}`.
pub(crate) fn snapshot(text: &str) -> Result<Snapshot, PortError> {
    let corrupt = || PortError::Corrupt(format!("the snapshot {text:?}"));
    let number = |text: &str| text.parse::<i64>().map_err(|_| corrupt());
    let mut parts = text.splitn(3, ':');
    let mut part = || parts.next().ok_or_else(corrupt);
    let (open_from, unborn_from, open) = (part()?, part()?, part()?);
    let open = open.split(',').filter(|text| !text.is_empty());
    Ok(Snapshot {
        open_from: number(open_from)?,
        unborn_from: number(unborn_from)?,
        open: open.map(number).collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_read_as_postgresql_writes_it() {
        let read = snapshot("795:799:795,797").unwrap();
        assert_eq!((read.open_from, read.unborn_from), (795, 799));
        assert_eq!(read.open, [795, 797]);
        assert_eq!(snapshot("7:7:").unwrap(), Snapshot::in_order(7));
        for wrong in ["", "7", "7:7", "a:b:", "7:8:x"] {
            assert!(snapshot(wrong).is_err(), "{wrong}");
        }
    }
}
