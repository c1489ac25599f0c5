//! Watching keys: nothing is missed and nothing is sent twice, whatever happens
//! between the subscription and the snapshots.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "watch_api_keys/client.rs"]
mod client;
#[path = "watch_api_keys/cluster.rs"]
mod cluster;
#[path = "watch_api_keys/interleaved.rs"]
mod interleaved;
#[path = "watch_api_keys/resume.rs"]
mod resume;
#[path = "watch_api_keys/two_nodes.rs"]
mod two_nodes;
#[path = "watch_api_keys/watched_app.rs"]
mod watched_app;

use apikey_domain::{
    Error,
    access::policy::KeySelection,
    change::KeyEvent,
    identifier::ApiKeyId,
    testing::fixture,
    use_case::keys::watch_api_keys::{Watch, WatchMessage, watch_api_keys},
};
use apikey_testing::{Memory, TestApp, test_app::in_own_principal};
use futures_executor::block_on;
use interleaved::{Around, Write};
use proptest::prelude::*;
use watched_app::{WatchedApp, final_keys};

const BATCH: usize = Watch::BATCH as usize;

fn create(name: &str) -> Write {
    Write::Create(name.to_owned())
}

fn change(id: i64, text: &str) -> Write {
    Write::Change(ApiKeyId(id), text.to_owned())
}

fn delete(id: i64) -> Write {
    Write::Delete(ApiKeyId(id))
}

#[test]
fn existing_keys_are_sent_and_then_changes() {
    block_on(async {
        for count in [0, 1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH] {
            let mut app = WatchedApp::new(count, Vec::new()).await;
            let (present, events) = app.messages().await;
            assert_eq!((present.len(), events.len()), (count, 0));
            assert_eq!(present, app.stored().await);

            app.write(create("new")).await;
            let (present, events) = app.messages().await;
            assert_eq!((present.len(), events.len()), (0, 1), "{count}");
            assert!(matches!(&events[0], KeyEvent::Created(key) if key.name.as_str() == "new"));
        }
    });
}

#[test]
fn changes_before_the_snapshot_are_part_of_the_existing_keys() {
    block_on(async {
        let before = vec![create("new"), change(1, "changed"), delete(2)];
        let mut app = WatchedApp::new(2, vec![(before, Vec::new())]).await;
        let (present, events) = app.messages().await;
        assert_eq!(present, app.stored().await);
        assert_eq!(events, []);
    });
}

#[test]
fn changes_after_the_snapshot_are_sent_once() {
    block_on(async {
        let after = vec![create("new"), change(1, "changed"), delete(2)];
        let mut app = WatchedApp::new(2, vec![(Vec::new(), after)]).await;
        let (present, events) = app.messages().await;
        assert_eq!((present.len(), events.len()), (2, 3));
        assert_eq!(final_keys(present, events), app.stored().await);
    });
}

#[test]
fn changes_between_two_batches_are_sent_for_the_first_batch_only() {
    block_on(async {
        let (old, young) = (3, BATCH as i64 + 3);
        let between = vec![
            change(old, "sent"),
            change(young, "seen"),
            delete(old + 1),
            delete(young + 1),
            create("seen too"),
        ];
        let around = vec![Around::default(), (between, vec![change(young, "sent")])];
        let mut app = WatchedApp::new(BATCH + 10, around).await;
        let (present, events) = app.messages().await;
        assert_eq!(present.len(), BATCH + 10);
        let numbers: Vec<_> = events.iter().map(|event| event.key().id.0).collect();
        assert_eq!(numbers, [old, old + 1, young]);
        assert_eq!(final_keys(present, events), app.stored().await);
    });
}

#[test]
fn a_slow_watcher_receives_the_existing_keys_and_then_the_end() {
    block_on(async {
        let many = (0..2_000).map(|number| change(1, &number.to_string()));
        let around = vec![(Vec::new(), many.collect())];
        let mut app = WatchedApp::new(1, around).await;
        let first = app.watch.next().await.unwrap();
        assert!(matches!(first, Some(WatchMessage::Present(keys)) if keys.len() == 1));
        let mut received = 0;
        while app.watch.next().await.unwrap().is_some() {
            received += 1;
        }
        assert!((1..2_000).contains(&received), "{received}");
    });
}

#[test]
fn a_watch_ends_when_the_right_to_it_is_lost() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        let watch = watch_api_keys(&context, &app.keys, &KeySelection::OWN, None).await;
        let mut watch = watch.unwrap();
        let directory = &app.identity.directory;
        assert!(
            directory
                .delete_user(fixture::by_service(), alice.id)
                .await
                .unwrap()
        );
        assert_eq!(watch.next().await.unwrap(), None);
    });
}

#[test]
fn a_watcher_beyond_the_limit_is_unavailable() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        let start = || watch_api_keys(&context, &app.keys, &KeySelection::OWN, None);
        let mut watches = Vec::new();
        for _ in 0..Memory::MAX_SUBSCRIPTIONS {
            watches.push(start().await.unwrap());
        }
        assert!(matches!(start().await, Err(Error::Unavailable(_))));
        watches.pop();
        assert!(start().await.is_ok());
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_watcher_ends_up_with_what_is_stored(
        count in prop::sample::select(vec![0, 3, BATCH, BATCH + 3]),
        around in prop::collection::vec((writes(), writes()), 0..4),
        final_writes in writes(),
    ) {
        block_on(async {
            let mut app = WatchedApp::new(count, around).await;
            let (mut present, mut events) = app.messages().await;
            for change in final_writes {
                app.write(change).await;
            }
            let (more, later) = app.messages().await;
            assert_eq!(more, []);
            present.extend(more);
            events.extend(later);
            assert_eq!(final_keys(present, events), app.stored().await);
        });
    }
}

fn writes() -> impl Strategy<Value = Vec<Write>> {
    // Ids on both sides of the boundary between two batches.
    let id = || prop_oneof![1..8_i64, BATCH as i64 - 2..BATCH as i64 + 8];
    let write = prop_oneof![
        any::<u64>().prop_map(|number| Write::Create(number.to_string())),
        (id(), any::<u64>()).prop_map(|(id, text)| change(id, &text.to_string())),
        id().prop_map(delete),
    ];
    prop::collection::vec(write, 0..12)
}
