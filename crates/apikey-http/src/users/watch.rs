//! `watch=true`: streams the existing users, then their changes.

use super::view::UserView;
use crate::{
    authentication::Authenticated,
    error::HttpError,
    list_reader::{ListReader, Turn},
    watch::{self, ChangeView, EventView, Framing, Streamed},
};
use actix_web::{HttpResponse, http::header::HeaderMap};
use apikey_domain::{
    change::{Position, UserChange},
    identity::{
        user::{FullName, User},
        user_list::UserFilter,
    },
    timestamp::Timestamp,
    use_case::identity::watch_users::{WatchedUsers, watch_users},
};
use serde::Serialize;
use std::sync::Arc;

/// Returns a stream of the users that `filter` admits. `headers` determine the position from
/// which it resumes, too. The first users are read in `turn`.
///
/// # Errors
///
/// 503 when there are too many watchers, or too many with a large list.
pub(super) async fn respond(
    signed_in: &Authenticated,
    filter: UserFilter,
    headers: &HeaderMap,
    reader: ListReader,
    turn: Turn,
) -> Result<HttpResponse, HttpError> {
    let ports = signed_in.keys();
    let watch = watch_users(&signed_in.caller, ports, filter, watch::since(headers));
    let watch = turn.read(watch).await?;
    drop(turn);
    let clock = Arc::clone(&ports.verify.clock);
    watch::respond(watch, (), clock, headers, reader).await
}

/// The fields that an update changed; empty for any other event.
#[derive(Default, Serialize)]
struct ChangedFieldsView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<ChangeView<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    full_name: Option<ChangeView<Option<&'a str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_admin: Option<ChangeView<bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_active: Option<ChangeView<bool>>,
}

impl Streamed for WatchedUsers {
    type Lens = ();

    fn write_existing(
        framing: Framing,
        buffer: &mut Vec<u8>,
        user: &User,
        (): &(),
        _: Timestamp,
    ) -> Result<(), HttpError> {
        let data = UserView::of(user);
        let event = EventView::<_, ChangedFieldsView<'_>>::of_existing(user.id.0, data);
        framing.write(buffer, &event, None)
    }

    fn write_change(
        framing: Framing,
        buffer: &mut Vec<u8>,
        change: &UserChange,
        (): &(),
        _: Timestamp,
        position: Option<Position>,
    ) -> Result<(), HttpError> {
        let user = change.event.subject();
        let data = UserView::of(user);
        let event = EventView::of(&change.event, user.id.0, data, ChangedFieldsView::between);
        framing.write(buffer, &event, position)
    }
}

// === impl ChangedFieldsView ===

impl<'a> ChangedFieldsView<'a> {
    fn between(before: &'a User, after: &'a User) -> Self {
        let full_name = |user: &'a User| user.full_name.as_ref().map(FullName::as_str);
        Self {
            username: ChangeView::of(before.username.as_str(), after.username.as_str()),
            full_name: ChangeView::of(full_name(before), full_name(after)),
            is_admin: ChangeView::of(before.is_admin, after.is_admin),
            is_active: ChangeView::of(before.is_active, after.is_active),
        }
    }
}
