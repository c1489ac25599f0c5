//! How events are listed.

use super::{
    TestStore,
    events::{by, pause},
    test_store::{ANYWHERE, after, described, everything},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    change::{
        Change, Position, Transition,
        event::{Event, EventFilter, EventKind, EventPage},
    },
    identifier::ApiKeyId,
    identity::organization::Role,
};
use futures_util::future::{join, join_all};

/// Which events are listed.
pub(super) enum Listing {
    Events(EventFilter),
    OfKeys(ApiKeyFilter),
}

impl Listing {
    pub(super) fn of_all() -> Self {
        Self::Events(EventFilter::default())
    }

    pub(super) async fn page(&self, subject: &TestStore, after: Position, limit: u32) -> EventPage {
        let log = &subject.event_log;
        let page = match self {
            Self::Events(filter) => log.list_events(filter, after, limit).await,
            Self::OfKeys(filter) => log.list_key_events(filter, after, limit).await,
        };
        page.unwrap()
    }

    /// All of it in pages, each of which goes on where the one before ended.
    pub(super) async fn walked(&self, subject: &TestStore, limit: u32) -> Vec<Event> {
        let mut after = Position::START;
        let mut all = Vec::new();
        loop {
            let page = self.page(subject, after, limit).await;
            assert!(page.events.len() <= limit as usize);
            assert!(!page.misses_some(after));
            let positions: Vec<_> = page.events.iter().map(|event| event.position).collect();
            let first = positions.first().copied().unwrap_or(page.next);
            assert!(first >= after && positions.is_sorted_by(|one, next| one < next));
            assert!(positions.last().is_none_or(|last| *last <= page.next));
            all.extend(page.events);
            if !page.has_more {
                return all;
            }
            assert!(page.next > after, "no end by {limit}");
            after = page.next;
        }
    }
}

pub async fn events_are_listed_in_order_in_pages(subject: &TestStore) {
    let alice = subject.user("alice").await;
    for name in ["e", "d", "c", "b", "a"] {
        subject.own_key(&alice, name).await;
    }
    let all = subject.all_events(6).await;
    assert_eq!(all.len(), 6);
    for limit in [1, 2, 3, 5, 6, 7] {
        let walked = Listing::of_all().walked(subject, limit).await;
        assert_eq!(walked, all, "by {limit}");
        let keys = Listing::OfKeys(everything()).walked(subject, limit).await;
        assert_eq!(keys, all[1..], "by {limit}");
    }
    let whole = Listing::of_all().page(subject, Position::START, 6).await;
    assert!(whole.next >= all[5].position);
    let key = subject.own_key(&alice, "last").await;
    let events = subject.events_behind(whole.next, 1).await;
    let changes: Vec<_> = events.iter().map(|event| &event.change).collect();
    assert_eq!(changes, [&Change::Key(Transition::Created(key))]);
}

pub async fn a_reader_who_follows_misses_none_and_sees_none_twice(subject: &TestStore) {
    const ROUNDS: usize = 5;
    const AT_ONCE: usize = 16;
    let alice = subject.user("alice").await;
    let writing = async {
        for round in 0..ROUNDS {
            let names = (0..AT_ONCE).map(|number| format!("{round}-{number}"));
            let names: Vec<_> = names.collect();
            join_all(names.iter().map(|name| subject.own_key(&alice, name))).await;
        }
    };
    let reading = async {
        let (mut read, mut after) = (Vec::new(), Position::START);
        while read.len() < 1 + ROUNDS * AT_ONCE {
            let page = Listing::of_all().page(subject, after, 7).await;
            assert!(!page.misses_some(after));
            if page.events.is_empty() {
                pause().await;
            }
            after = page.next;
            read.extend(page.events);
        }
        read
    };
    let ((), read) = join(writing, reading).await;
    assert_eq!(Listing::of_all().walked(subject, 1_000).await, read);
    let ids = read.iter().filter_map(|event| event.change.api_key_id());
    let mut ids: Vec<ApiKeyId> = ids.collect();
    ids.sort_unstable();
    let mut keys = subject.keys(&everything()).await;
    keys.sort_by_key(|key| key.id);
    let expected: Vec<_> = keys.iter().map(|key| key.id).collect();
    assert_eq!(ids, expected);
}

pub async fn the_events_of_one_key_follow_from_each_other(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    let updates = (1..=20).map(|number| {
        let changes = described(&number.to_string());
        subject
            .api_keys
            .update(by(number), key.id, ANYWHERE, changes)
    });
    join_all(updates).await;
    let deleted = subject.api_keys.delete(by(21), key.id, ANYWHERE).await;
    let mut last = Some(key);
    for event in &subject.all_events(23).await[2..] {
        let Change::Key(key) = &event.change else {
            panic!("{event:?}");
        };
        assert_eq!(key.before(), last.as_ref());
        last = key.after().cloned();
    }
    assert!(deleted.unwrap().is_some() && last.is_none());
}

pub async fn events_are_listed_as_the_filter_says(subject: &TestStore) {
    let root = subject.admin("root").await;
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let acme = subject.organization("acme").await;
    subject.join(&acme, &alice, Role::Admin).await;
    subject.join(&acme, &bob, Role::User).await;
    let key = subject.key(&bob, acme.id, "ci").await;
    subject.own_key(&alice, "ci").await;
    let updated = subject
        .api_keys
        .update(by(5), key.id, ANYWHERE, described("x"));
    assert!(updated.await.unwrap().is_some());
    let deleted = subject.directory.delete_user(by(6), bob.id).await;
    assert!(deleted.unwrap());
    let all = subject.all_events(12).await;
    assert_eq!(all.len(), 12);

    let any = EventFilter::default;
    let mut filters = vec![any(); 12];
    filters[0].api_key_id = Some(key.id);
    filters[1].user_id = Some(bob.id);
    filters[2].user_id = Some(root.id);
    filters[3].principal_id = Some(acme.id);
    filters[4].principal_id = Some(alice.principal_id);
    filters[5].since = Some(after(5));
    filters[6].until = Some(after(5));
    (filters[7].since, filters[7].until) = (Some(after(5)), Some(after(6)));
    (filters[8].user_id, filters[8].principal_id) = (Some(bob.id), Some(acme.id));
    (filters[9].api_key_id, filters[9].since) = (Some(key.id), Some(after(6)));
    filters[10].user_id = Some(alice.id);
    filters[10].kind = Some(EventKind::parse("member.created").unwrap());
    let is_some_found = |filter: &EventFilter| all.iter().any(|event| filter.admits(event));
    assert!(filters.iter().all(is_some_found));
    filters.extend(EventKind::ALL.map(|kind| EventFilter {
        kind: Some(kind),
        ..any()
    }));
    filters.push(EventFilter {
        api_key_id: Some(ApiKeyId(i64::MAX)),
        ..any()
    });
    for filter in filters {
        let admitted = all.iter().filter(|event| filter.admits(event));
        let expected: Vec<_> = admitted.cloned().collect();
        let listing = Listing::Events(filter.clone());
        for limit in [1, 3, 100] {
            let walked = listing.walked(subject, limit).await;
            assert_eq!(walked, expected, "{filter:?} by {limit}");
        }
    }
}
