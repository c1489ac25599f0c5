//! Events as JSON.

use crate::openapi::names::RoleName;
use crate::{api_keys::ApiKeyView, organizations::OrganizationView, users::UserView};
use apikey_domain::{
    access::attribution::Attribution,
    change::{Change, Membership, Transition, event::Event},
    key::token::KeyPrefix,
    timestamp::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

/// What comes after the events of a page: the position from which to continue.
#[derive(Serialize, ToSchema)]
#[schema(as = EventPageEnd)]
pub(super) struct EventPageEndView {
    pub(super) next: String,
    pub(super) has_more: bool,
    pub(super) oldest: String,
    pub(super) is_complete: bool,
}

/// An event. It contains no secret, not even a digest, because no resource view
/// does.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub(super) struct EventView<'a> {
    id: String,
    kind: &'static str,
    #[schema(format = DateTime)]
    at: String,
    #[schema(required)]
    by: Option<AttributionView>,
    #[schema(required)]
    api_key_id: Option<i64>,
    #[schema(required)]
    user_id: Option<i64>,
    #[schema(required)]
    organization_id: Option<i64>,
    #[schema(required)]
    before: Option<ResourceView<'a>>,
    #[schema(required)]
    after: Option<ResourceView<'a>>,
    /// How many days a key has left, of a notice that it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u16>,
}

/// Who made the change.
#[derive(Serialize, ToSchema)]
#[schema(as = Attribution)]
struct AttributionView {
    user_id: i64,
    #[schema(required)]
    api_key_id: Option<i64>,
}

/// The changed resource, as other endpoints show it.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Resource)]
enum ResourceView<'a> {
    Key(Box<ApiKeyView<'a>>),
    User(UserView<'a>),
    Organization(OrganizationView<'a>),
    Member(MembershipView),
}

/// The membership of a user in an organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Membership)]
struct MembershipView {
    organization_id: i64,
    user_id: i64,
    #[schema(value_type = RoleName)]
    role: &'static str,
}

// === impl EventView ===

impl<'a> EventView<'a> {
    /// Returns the view of an event.
    pub(super) fn of(event: &'a Event, prefix: &KeyPrefix) -> Self {
        let change = &event.change;
        let (before, after) = before_and_after(change, prefix, event.attribution.at);
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
            days: days(change),
        }
    }
}

/// Returns the resource before and after the change, which took place then; nothing for a
/// password.
fn before_and_after<'a>(
    change: &'a Change,
    prefix: &KeyPrefix,
    at: Timestamp,
) -> (Option<ResourceView<'a>>, Option<ResourceView<'a>>) {
    match change {
        Change::Key(key) => sides(key, |key| {
            ResourceView::Key(Box::new(ApiKeyView::of(key, prefix, at)))
        }),
        Change::User(user) => sides(user, |user| ResourceView::User(UserView::of(user))),
        Change::Notice(notice) => {
            let view = ApiKeyView::of(&notice.key, prefix, at);
            (None, Some(ResourceView::Key(Box::new(view))))
        }
        Change::Password(_) => (None, None),
        Change::Organization(organization) => sides(organization, |organization| {
            ResourceView::Organization(OrganizationView::of(organization))
        }),
        Change::Member(member) => sides(member, |member| {
            ResourceView::Member(MembershipView::of(member))
        }),
    }
}

fn days(change: &Change) -> Option<u16> {
    match change {
        Change::Notice(notice) => Some(notice.notice.days()).filter(|days| *days > 0),
        _ => None,
    }
}

fn sides<'a, T>(
    transition: &'a Transition<T>,
    view: impl Fn(&'a T) -> ResourceView<'a>,
) -> (Option<ResourceView<'a>>, Option<ResourceView<'a>>) {
    let before = transition.before().map(&view);
    (before, transition.after().map(view))
}

// === impl AttributionView ===

impl AttributionView {
    /// Returns `None` for the service itself.
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
