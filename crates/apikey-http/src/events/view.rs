//! Events, as platform admins see them.

use crate::{api_keys::ApiKeyView, organizations::OrganizationView, users::UserView};
use apikey_domain::{
    change::{
        Change, Membership, Position, Transition,
        attribution::Attribution,
        event::{Event, EventPage},
    },
    key::token::KeyPrefix,
};
use serde::Serialize;

/// A batch of events, and how to go on behind it.
#[derive(Serialize)]
pub(super) struct EventPageView<'a> {
    items: Vec<EventView<'a>>,
    next: String,
    has_more: bool,
    oldest: String,
    is_complete: bool,
}

/// An event. Holds no secret, not even a digest: none of its subjects does.
#[derive(Serialize)]
struct EventView<'a> {
    id: String,
    kind: &'static str,
    at: String,
    by: Option<AttributionView>,
    api_key_id: Option<i64>,
    user_id: Option<i64>,
    organization_id: Option<i64>,
    before: Option<SubjectView<'a>>,
    after: Option<SubjectView<'a>>,
}

/// Who did it.
#[derive(Serialize)]
struct AttributionView {
    user_id: i64,
    api_key_id: Option<i64>,
}

/// What it was done to, as other calls show it.
#[derive(Serialize)]
#[serde(untagged)]
enum SubjectView<'a> {
    Key(ApiKeyView<'a>),
    User(UserView<'a>),
    Organization(OrganizationView<'a>),
    Member(MembershipView),
}

/// A user's place in an organization.
#[derive(Serialize)]
struct MembershipView {
    organization_id: i64,
    user_id: i64,
    role: &'static str,
}

// === impl EventPageView ===

impl<'a> EventPageView<'a> {
    /// A page that was asked for from behind `after` on.
    pub(super) fn of(page: &'a EventPage, after: Position, prefix: &KeyPrefix) -> Self {
        let items = page.events.iter().map(|event| EventView::of(event, prefix));
        Self {
            items: items.collect(),
            next: page.next.to_string(),
            has_more: page.has_more,
            oldest: page.floor.to_string(),
            is_complete: !page.misses_some(after),
        }
    }
}

// === impl EventView ===

impl<'a> EventView<'a> {
    fn of(event: &'a Event, prefix: &KeyPrefix) -> Self {
        let change = &event.change;
        let (before, after) = before_and_after(change, prefix);
        Self {
            id: event.position.to_string(),
            kind: change.kind().as_str(),
            at: event.attribution.at.to_rfc3339(),
            by: AttributionView::of(&event.attribution),
            api_key_id: change.api_key_id().map(|id| id.0),
            user_id: change.user_id().map(|id| id.0),
            organization_id: change.principal_id().map(|id| id.0),
            before,
            after,
        }
    }
}

/// Of a password nothing is shown, on neither side.
fn before_and_after<'a>(
    change: &'a Change,
    prefix: &KeyPrefix,
) -> (Option<SubjectView<'a>>, Option<SubjectView<'a>>) {
    match change {
        Change::Key(key) => sides(key, |key| SubjectView::Key(ApiKeyView::of(key, prefix))),
        Change::User(user) => sides(user, |user| SubjectView::User(UserView::of(user))),
        Change::Password(_) => (None, None),
        Change::Organization(organization) => sides(organization, |organization| {
            SubjectView::Organization(OrganizationView::of(organization))
        }),
        Change::Member(member) => sides(member, |member| {
            SubjectView::Member(MembershipView::of(member))
        }),
    }
}

fn sides<'a, T>(
    transition: &'a Transition<T>,
    view: impl Fn(&'a T) -> SubjectView<'a>,
) -> (Option<SubjectView<'a>>, Option<SubjectView<'a>>) {
    let before = transition.before().map(&view);
    (before, transition.after().map(view))
}

// === impl AttributionView ===

impl AttributionView {
    /// `None` for the service itself.
    fn of(attribution: &Attribution) -> Option<Self> {
        attribution.user_id.map(|user_id| Self {
            user_id: user_id.0,
            api_key_id: attribution.key_id.map(|id| id.0),
        })
    }
}

// === impl MembershipView ===

impl MembershipView {
    fn of(membership: &Membership) -> Self {
        Self {
            organization_id: membership.organization_id.0,
            user_id: membership.user_id.0,
            role: membership.role.as_str(),
        }
    }
}
