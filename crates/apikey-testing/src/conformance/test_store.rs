//! Setup and lookups shared by the clauses.

use super::{TestKeys, TestStore};
use apikey_domain::{
    access::policy::{ApiKeyFilter, KeyReach},
    change::{
        KeyChange, KeyEvent, Position,
        event::EventFilter,
        hub::{Holder, Interest, Subscription},
    },
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{
        organization::{Organization, Role},
        user::{NewUser, User},
        user_list::{UserFilter, UserOrder},
    },
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        creation::Creation,
        key_name::Description,
    },
    listing::{Order, SearchTerm, Window},
    testing::fixture,
    timestamp::Timestamp,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// The reach that contains every key.
pub(super) const ANYWHERE: KeyReach = fixture::reach(None, None);

/// The largest page.
pub(super) const WHOLE: Window = Window {
    offset: 0,
    limit: 1_000,
};

/// Ids that do not exist in a fresh store.
pub(super) const UNKNOWN_IDS: [i64; 5] = [i64::MIN, -1, 0, 987_654_321, i64::MAX];

/// The order of users in which they were created.
pub(super) fn by_creation() -> UserOrder {
    UserOrder::parse("created_at").unwrap()
}

/// The filter for users whose names contain a term.
pub(super) fn named(search: Option<&SearchTerm>) -> UserFilter {
    UserFilter {
        search: search.cloned(),
    }
}

// === impl TestKeys ===

impl TestKeys {
    /// Creates an active user without rights.
    pub(super) async fn user(&self, username: &str) -> User {
        self.user_who(username, |_| ()).await
    }

    pub(super) async fn admin(&self, username: &str) -> User {
        self.user_who(username, |new| new.is_admin = true).await
    }

    pub(super) async fn system_user(&self, username: &str) -> User {
        self.user_who(username, |new| new.is_system = true).await
    }

    pub(super) async fn user_who(
        &self,
        username: &str,
        change: impl FnOnce(&mut NewUser) + Send,
    ) -> User {
        let mut new = fixture::new_user(username);
        change(&mut new);
        self.directory
            .create_user(fixture::by_service(), new)
            .await
            .unwrap()
    }

    pub(super) async fn organization(&self, slug: &str) -> Organization {
        let new = fixture::new_organization(slug);
        self.directory
            .create_organization(fixture::by_service(), new)
            .await
            .unwrap()
    }

    /// Adds the user as a member.
    pub(super) async fn join(&self, organization: &Organization, user: &User, role: Role) {
        let (id, now) = (organization.id, fixture::instant());
        let added = self
            .directory
            .add_member(fixture::by_service_at(now), id, user.id, role)
            .await;
        assert!(added.unwrap().is_some());
    }

    /// Creates a key of the user in their own principal.
    pub(super) async fn own_key(&self, user: &User, name: &str) -> ApiKey {
        self.key(user, user.principal_id, name).await
    }

    pub(super) async fn key(&self, user: &User, owner: PrincipalId, name: &str) -> ApiKey {
        let new = new_key(user, owner, name);
        self.api_keys
            .create(fixture::by_service(), new)
            .await
            .unwrap()
    }

    /// Returns the key as stored.
    pub(super) async fn stored(&self, id: ApiKeyId) -> Option<ApiKey> {
        let keys = self.keys(&everything()).await;
        keys.into_iter().find(|key| key.id == id)
    }

    /// Returns the keys that the filter admits, oldest first.
    pub(super) async fn keys(&self, filter: &ApiKeyFilter) -> Vec<ApiKey> {
        let order = Order::parse("created_at").unwrap();
        let page = self.api_keys.list(filter, &order, WHOLE).await.unwrap();
        let (mut keys, mut rest) = (page.items, page.rest);
        while !rest.is_empty() {
            let piece = self.api_keys.keys(&rest).await.unwrap();
            keys.extend(piece.items);
            rest = piece.rest;
        }
        assert_eq!(page.total, keys.len() as u64);
        keys
    }
}

// === impl TestStore ===

impl TestStore {
    /// Watches as the user, for no principal and with no key.
    pub(super) async fn watch(&self, user: &User, filter: ApiKeyFilter) -> Subscription {
        let holder = Holder {
            user_id: user.id,
            key_id: None,
            principal_id: None,
        };
        self.watch_as(holder, filter).await
    }

    /// Subscribes after all changes so far, which a feed may publish a little
    /// later.
    pub(super) async fn watch_as(&self, holder: Holder, filter: ApiKeyFilter) -> Subscription {
        let last = self.last_event().await;
        loop {
            let filter = filter.clone();
            let interest = Interest { filter, holder };
            let subscription = self.change_feed.subscribe(interest).await.unwrap();
            if subscription.since() >= last {
                return subscription;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Returns the position of the last event of all writes acknowledged so far.
    pub(super) async fn last_event(&self) -> Position {
        let nothing = filter(Some(UserId(0)), None, "");
        let seen = self.event_log.snapshot_after(&nothing, Creation::FIRST, 1);
        let seen = seen.await.unwrap().snapshot;
        let all = EventFilter::default();
        let mut last = Position::START;
        loop {
            let page = self.event_log.list_events(&all, last, 1_000);
            let page = page.await.unwrap();
            last = page.events.last().map_or(last, |event| event.position);
            if !page.has_more && page.head >= Position::before_horizon(seen.unborn_from) {
                return last;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Returns a key to store, with a unique access key.
pub(super) fn new_key(user: &User, owner: PrincipalId, name: &str) -> NewApiKey {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    NewApiKey {
        user_id: user.id,
        owner_principal_id: owner,
        ..fixture::new_api_key(name, &format!("a{number:015x}"))
    }
}

/// Returns the filter that admits every key except those of system users.
pub(super) fn everything() -> ApiKeyFilter {
    filter(None, None, "")
}

pub(super) fn of_user(user: &User) -> ApiKeyFilter {
    filter(Some(user.id), None, "")
}

pub(super) fn filter(
    user_id: Option<UserId>,
    owner_principal_id: Option<PrincipalId>,
    search: &str,
) -> ApiKeyFilter {
    fixture::filter(
        user_id,
        owner_principal_id,
        SearchTerm::parse(search).unwrap(),
    )
}

/// Returns changes to the description alone.
pub(super) fn described(text: &str) -> ApiKeyChanges {
    ApiKeyChanges {
        description: Some(Some(Description::parse(text).unwrap())),
        ..ApiKeyChanges::default()
    }
}

/// Returns the instant this many seconds after the fixture's.
pub(super) fn after(seconds: i64) -> Timestamp {
    fixture::instant().plus_seconds(seconds).unwrap()
}

/// Returns `done`, or the text of the error.
pub(super) fn outcome<T>(result: &Result<T, PortError>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Returns the names of the keys, in their order.
pub(super) fn names(keys: &[ApiKey]) -> Vec<&str> {
    keys.iter().map(|key| key.name.as_str()).collect()
}

/// Receives this many changes.
pub(super) async fn receive(stream: &mut Subscription, count: usize) -> Vec<Arc<KeyChange>> {
    let mut changes = Vec::new();
    for _ in 0..count {
        changes.push(stream.next().await.unwrap());
    }
    changes
}

/// Receives the events of this many changes.
pub(super) async fn events(stream: &mut Subscription, count: usize) -> Vec<KeyEvent> {
    let changes = receive(stream, count).await;
    changes.iter().map(|change| change.event.clone()).collect()
}
