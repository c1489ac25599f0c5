//! Events outlive the release that wrote them: those of other releases are read, and an
//! unreadable event is skipped without affecting others.
//!
//! `recorded_events/without_version.json` holds an event of each kind, as a server
//! recorded it before payloads had a version. `with_later_fields.json` holds the same
//! events with fields that this release does not know, and without some that have a
//! default. `unreadable.json` holds events of later versions and kinds, and damaged
//! ones.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_diesel::{Store, testing::TestDatabase};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    change::{
        Change, KeyEvent, Position,
        event::{Event, EventFilter, EventKind, EventSubject},
    },
    gpustack::Scope,
    identity::organization::Role,
    testing::fixture,
};

const WITHOUT_VERSION: &str = include_str!("recorded_events/without_version.json");
const WITH_LATER_FIELDS: &str = include_str!("recorded_events/with_later_fields.json");
const UNREADABLE: &str = include_str!("recorded_events/unreadable.json");

const EVERY_KEY: ApiKeyFilter = fixture::filter(None, None, None);

async fn databases() -> [TestDatabase; 2] {
    let sqlite = TestDatabase::sqlite().await.unwrap();
    [sqlite, TestDatabase::postgres().await.unwrap()]
}

/// Reads all events, in pages of this size.
async fn read_all(store: &Store, limit: u32) -> Vec<Event> {
    let (mut events, mut after) = (Vec::new(), Position::START);
    loop {
        let log = &store.event_log;
        let page = log.list_events(&EventFilter::default(), after, limit).await;
        let page = page.unwrap();
        assert!(page.next > after || !page.has_more);
        events.extend(page.events);
        if !page.has_more {
            return events;
        }
        after = page.next;
    }
}

async fn changes(database: &TestDatabase) -> Vec<Change> {
    let store = database.open().await.unwrap();
    let events = read_all(&store, 1_000).await;
    assert_eq!(store.unreadable_events()(), 0);
    events.into_iter().map(|event| event.change).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_recorded_before_payloads_had_a_version_are_read() {
    for database in databases().await {
        let count = database.record(WITHOUT_VERSION).await.unwrap();
        let changes = changes(&database).await;
        assert_eq!(changes.len(), count);
        // Since there are notices, payloads have a version.
        let kinds = EventKind::ALL.into_iter();
        for kind in kinds.filter(|kind| kind.subject() != EventSubject::Notice) {
            assert!(changes.iter().any(|change| change.kind() == kind), "{kind}");
        }
        let updated = changes.iter().find_map(|change| match change {
            Change::Key(KeyEvent::Updated { before, after }) => Some((before, after)),
            _ => None,
        });
        let (before, after) = updated.unwrap();
        assert_eq!((before.id.0, before.name.as_str()), (1, "ci"));
        assert!(before.scope.grants(Scope::Management) && !after.scope.grants(Scope::Management));
        let names: Vec<_> = before.allowed_model_names.names().unwrap().to_vec();
        assert_eq!(names, ["m1", "m2"]);
        assert_eq!(after.allowed_model_names.names(), None);
        assert_eq!(before.user_name, "ada");
        let is_admin = |change: &Change| match change {
            Change::Member(member) => member.after().map(|member| member.role == Role::Admin),
            _ => None,
        };
        let roles: Vec<_> = changes.iter().filter_map(is_admin).collect();
        assert_eq!(roles, [false, true, true]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_with_fields_of_a_later_release_are_read() {
    for (database, other) in databases().await.into_iter().zip(databases().await) {
        database.record(WITHOUT_VERSION).await.unwrap();
        other.record(WITH_LATER_FIELDS).await.unwrap();
        assert_eq!(changes(&database).await, changes(&other).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_event_does_not_affect_others() {
    for database in databases().await {
        let readable = database.record(WITHOUT_VERSION).await.unwrap();
        let unreadable = database.record(UNREADABLE).await.unwrap();
        let later = database.record(WITH_LATER_FIELDS).await.unwrap();
        let store = database.open().await.unwrap();
        let read = read_all(&store, 1_000).await;
        assert_eq!(read.len(), readable + later);
        assert_eq!(store.unreadable_events()(), unreadable as u64);
        // Some of these pages hold only unreadable events.
        for limit in [1, 5] {
            assert_eq!(read_all(&store, limit).await, read, "pages of {limit}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paging_skips_unreadable_events() {
    for database in databases().await {
        for events in [WITHOUT_VERSION, UNREADABLE, WITH_LATER_FIELDS] {
            database.record(events).await.unwrap();
        }
        let store = database.open().await.unwrap();
        let (mut kinds, mut after, mut pages) = (Vec::new(), Position::START, 0);
        loop {
            let log = &store.event_log;
            let page = log.list_key_events(&EVERY_KEY, after, 2).await.unwrap();
            assert!(!page.misses_some(after));
            kinds.extend(page.events.iter().map(|event| event.change.kind().as_str()));
            after = page.next;
            pages += 1;
            if !page.has_more {
                break;
            }
        }
        let each = ["api_key.created", "api_key.updated", "api_key.deleted"];
        assert_eq!(kinds, [each, each].concat());
        // Three events, six unreadable ones, three more; then an empty page.
        assert_eq!(pages, 7);
    }
}

/// SQLite keeps any bytes as text, such as those of a damaged file.
#[tokio::test]
async fn an_event_that_is_not_utf_8_is_skipped_and_the_page_is_read() {
    let database = TestDatabase::sqlite().await.unwrap();
    let readable = database.record(WITHOUT_VERSION).await.unwrap();
    for column in ["kind", "before", "after"] {
        let damaged = format!(
            "UPDATE events SET {column} = CAST(x'7bff7d' AS TEXT) \
             WHERE number = (SELECT max(number) FROM events WHERE {column} <> '')"
        );
        database.record(WITH_LATER_FIELDS).await.unwrap();
        database.execute(&[damaged]).await.unwrap();
    }
    let store = database.open().await.unwrap();
    let read = read_all(&store, 1_000).await;
    assert_eq!(read.len(), 4 * readable - 3);
    assert_eq!(store.unreadable_events()(), 3);
}
