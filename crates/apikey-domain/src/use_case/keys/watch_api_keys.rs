//! Watching keys: the existing ones, then changes to them.

pub use crate::use_case::watch::{Since, WatchMessage};
use crate::{
    access::{
        policy::{ApiKeyFilter, KeySelection},
        tenant::TenantContext,
    },
    change::{
        KeyChange, Position,
        event::{Event, EventPage},
        hub::{Holder, Interest},
        snapshot::KeySnapshot,
    },
    error::{Error, PortError},
    invalid::Invalid,
    key::{api_key::ApiKey, creation::Creation},
    port::event_log::EventLog,
    use_case::{
        ports::KeyPorts,
        resolve_tenant::check_still_holds,
        watch::{self, Existing, WatchSource},
    },
};
use async_trait::async_trait;
use std::sync::Arc;

/// A watch of keys in progress.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     access::policy::KeySelection,
///     use_case::keys::watch_api_keys::{WatchMessage, watch_api_keys},
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let context = in_own_principal(&app.user("alice").await);
/// let watch = watch_api_keys(&context, &app.keys, &KeySelection::OWN, None);
/// let mut watch = watch.await.unwrap();
/// // There are no keys yet: from this position on another watch can resume.
/// let message = watch.next().await.unwrap();
/// assert!(matches!(message, Some(WatchMessage::Reached(_))));
/// # });
/// ```
pub type Watch = watch::Watch<WatchedKeys>;

/// The keys that a watch shows.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::creation::Creation,
///     use_case::{keys::watch_api_keys::WatchedKeys, watch::WatchSource},
/// };
///
/// assert_eq!(WatchedKeys::FIRST, Creation::FIRST);
/// ```
pub struct WatchedKeys {
    event_log: Arc<dyn EventLog>,
    filter: ApiKeyFilter,
}

/// Starts to watch the selected keys, as far as the caller is shown them; resumes from `since`, if that is
/// given and still possible.
///
/// # Errors
///
/// Those of [`ApiKeyFilter::of`] and of [`check_still_holds`]; [`Error::Invalid`] if what is
/// selected has conditions; [`Error::Unavailable`] if there are too many watchers or the
/// keys cannot be read.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     access::policy::KeySelection,
///     use_case::keys::watch_api_keys::{WatchMessage, watch_api_keys},
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// app.with_key(&alice, alice.principal_id).await;
/// let context = in_own_principal(&alice);
/// let watch = watch_api_keys(&context, &app.keys, &KeySelection::OWN, None);
/// let Some(WatchMessage::Present(keys)) = watch.await.unwrap().next().await.unwrap() else {
///     panic!("existing keys come first");
/// };
/// assert_eq!(keys.len(), 1);
/// # });
/// ```
pub async fn watch_api_keys(
    context: &TenantContext,
    ports: &KeyPorts,
    selection: &KeySelection,
    since: Option<Since>,
) -> Result<Watch, Error> {
    let filter = ApiKeyFilter::of(context, &ports.policies, selection)?;
    if filter.conditions().are_any() {
        // A key may become like this, or no longer be, with no change of it.
        let rule = "must not be those of a watch";
        return Err(Invalid::new("conditions", rule).into());
    }
    let interest = Interest {
        filter: filter.clone(),
        holder: Holder {
            user_id: context.caller.user.id,
            key_id: context.caller.key().map(|key| key.id),
            principal_id: context.current_principal_id,
        },
    };
    let subscription = ports.server.change_feed.subscribe(interest).await?;
    // From here on, a loss of access ends the subscription; one between the
    // check of the request and here is noticed now.
    let ends_at = check_still_holds(context, ports).await?;
    let source = WatchedKeys {
        event_log: Arc::clone(&ports.server.event_log),
        filter,
    };
    Watch::begin(source, subscription, ends_at, since).await
}

// === impl WatchedKeys ===

#[async_trait]
impl WatchSource for WatchedKeys {
    type Entry = ApiKey;
    type Place = Creation;

    const FIRST: Creation = Creation::FIRST;
    const LAST: Creation = Creation::LAST;

    fn place(key: &ApiKey) -> Creation {
        Creation::of(key)
    }

    fn change(event: Event) -> Option<KeyChange> {
        event.into_key_change()
    }

    async fn events(&self, after: Position, limit: u32) -> Result<EventPage, PortError> {
        let log = &self.event_log;
        log.list_key_events(&self.filter, after, limit).await
    }

    async fn existing(&self, after: Creation, limit: u32) -> Result<Existing<ApiKey>, PortError> {
        let KeySnapshot {
            snapshot,
            keys,
            has_more,
        } = self
            .event_log
            .snapshot_after(&self.filter, after, limit)
            .await?;
        Ok(Existing {
            snapshot,
            entries: keys,
            has_more,
        })
    }
}
