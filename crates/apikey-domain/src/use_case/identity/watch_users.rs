//! Watching users: the existing ones, then changes to them. For platform admins.

use crate::{
    access::{authority::Authority, policy::require_platform_admin, tenant::Caller},
    change::{
        Position, UserChange,
        event::{Event, EventPage},
        hub::{Holder, UserInterest},
        snapshot::UserSnapshot,
    },
    error::{Error, PortError},
    identifier::UserId,
    identity::{user::User, user_list::UserFilter},
    port::event_log::EventLog,
    use_case::{
        ports::KeyPorts,
        resolve_tenant::still_holds,
        watch::{Existing, Since, Watch, WatchSource},
    },
};
use async_trait::async_trait;
use std::sync::Arc;

/// The users that a watch shows.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identifier::UserId, use_case::{identity::watch_users::WatchedUsers, watch::WatchSource},
/// };
///
/// assert_eq!(WatchedUsers::LAST, UserId(i64::MAX));
/// ```
pub struct WatchedUsers {
    event_log: Arc<dyn EventLog>,
    filter: UserFilter,
}

/// Starts to watch the users that `filter` admits; resumes from `since`, if that is given
/// and still possible. The watch ends when the caller no longer administers the platform.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin, and what the caller would be
/// refused with now; [`Error::Unavailable`] if there are too many watchers or the users
/// cannot be read.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::user_list::UserFilter,
///     use_case::{identity::watch_users::watch_users, watch::WatchMessage},
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let root = app.admin("root").await;
/// let caller = signed_in(&root);
/// let mut watch = watch_users(&caller, &app.keys, UserFilter::ALL, None).await.unwrap();
/// assert_eq!(watch.next().await.unwrap(), Some(WatchMessage::Present(vec![root])));
/// # });
/// ```
pub async fn watch_users(
    caller: &Caller,
    ports: &KeyPorts,
    filter: UserFilter,
    since: Option<Since>,
) -> Result<Watch<WatchedUsers>, Error> {
    require_platform_admin(caller)?;
    let interest = UserInterest {
        filter: filter.clone(),
        holder: Holder {
            user_id: caller.user.id,
            key_id: caller.key().map(|key| key.id),
            principal_id: None,
        },
    };
    let subscription = ports
        .server
        .change_feed
        .subscribe_to_users(interest)
        .await?;
    // From here on, a loss of access ends the subscription; one between the
    // check of the request and here is noticed now.
    let by = Authority::of(caller, ports.verify.clock.now());
    let ends_at = still_holds(&by, ports).await?;
    let event_log = Arc::clone(&ports.server.event_log);
    let source = WatchedUsers { event_log, filter };
    Watch::begin(source, subscription, ends_at, since).await
}

// === impl WatchedUsers ===

#[async_trait]
impl WatchSource for WatchedUsers {
    type Entry = User;
    type Place = UserId;

    const FIRST: UserId = UserId(i64::MIN);
    const LAST: UserId = UserId(i64::MAX);

    fn place(user: &User) -> UserId {
        user.id
    }

    fn change(event: Event) -> Option<UserChange> {
        event.into_user_change()
    }

    async fn events(&self, after: Position, limit: u32) -> Result<EventPage, PortError> {
        let log = &self.event_log;
        log.list_user_events(&self.filter, after, limit).await
    }

    async fn existing(&self, after: UserId, limit: u32) -> Result<Existing<User>, PortError> {
        let UserSnapshot {
            snapshot,
            users,
            has_more,
        } = self
            .event_log
            .user_snapshot_after(&self.filter, after, limit)
            .await?;
        Ok(Existing {
            snapshot,
            entries: users,
            has_more,
        })
    }
}
