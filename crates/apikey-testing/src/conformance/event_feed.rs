//! The events of keys, as those who watch them are told.

use super::{
    TestStore,
    event_lists::Listing,
    events::by,
    test_store::{ANYWHERE, described, everything, filter, heard, of_user},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    change::{Change, Position, event::Event},
};

fn is_of_key(event: &Event, filter: &ApiKeyFilter) -> bool {
    match &event.change {
        Change::Key(key) => filter.admits(key.key()),
        _ => false,
    }
}

pub async fn the_events_of_keys_are_those_the_filter_admits(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let robot = subject.system_user("robot").await;
    let acme = subject.organization("acme").await;
    let mut keys = Vec::new();
    for name in ["ÄPFEL", "100%", "last äpfel"] {
        for user in [&alice, &robot, &bob] {
            keys.push(subject.own_key(user, name).await);
            keys.push(subject.key(user, acme.id, name).await);
        }
    }
    for (number, key) in keys.iter().enumerate() {
        let api_keys = &subject.api_keys;
        if number % 2 == 0 {
            let updated = api_keys.update(by(1), key.id, ANYWHERE, described("x"));
            assert!(updated.await.unwrap().is_some());
        }
        if number % 3 == 0 {
            let deleted = api_keys.delete(by(2), key.id, ANYWHERE).await;
            assert!(deleted.unwrap().is_some());
        }
    }
    let all = subject.all_events(4 + 18 + 9 + 6).await;
    assert_eq!(all.len(), 4 + 18 + 9 + 6);
    for filter in [
        everything(),
        of_user(&alice),
        of_user(&robot),
        filter(None, Some(acme.id), ""),
        filter(Some(bob.id), Some(acme.id), "äpfel"),
        filter(Some(alice.id), Some(alice.principal_id), "LAST"),
        filter(Some(alice.id), Some(bob.principal_id), ""),
        filter(None, None, "%"),
        filter(None, None, "_"),
    ] {
        let admitted = all.iter().filter(|event| is_of_key(event, &filter));
        let expected: Vec<_> = admitted.cloned().collect();
        let listing = Listing::OfKeys(filter.clone());
        for limit in [1, 2, 100] {
            let walked = listing.walked(subject, limit).await;
            assert_eq!(walked, expected, "{filter:?} by {limit}");
        }
    }
}

pub async fn a_watcher_is_told_what_is_recorded(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let mut stream = subject.watch(&bob, everything()).await;
    let key = subject.own_key(&alice, "ci").await;
    let updated = subject
        .api_keys
        .update(by(1), key.id, ANYWHERE, described("x"));
    assert!(updated.await.unwrap().is_some());
    subject.own_key(&alice, "goes, too").await;
    let deleted = subject.directory.delete_user(by(2), alice.id).await;
    assert!(deleted.unwrap());
    let told = heard(&mut stream, 5).await;
    let recorded = subject.all_events(2 + 5 + 1).await;
    let recorded = recorded.into_iter().filter_map(Event::into_key_change);
    let told: Vec<_> = told.iter().map(|change| (**change).clone()).collect();
    assert_eq!(told, recorded.collect::<Vec<_>>());
}

pub async fn a_subscription_goes_on_where_it_says_it_begins(subject: &TestStore) {
    let alice = subject.user("alice").await;
    for round in 0..5 {
        subject.own_key(&alice, &format!("before {round}")).await;
        let mut stream = subject.watch(&alice, everything()).await;
        let key = subject.own_key(&alice, &format!("after {round}")).await;
        let recorded = subject.all_events(1 + 2 * (round + 1)).await;
        let changes = recorded.into_iter().filter_map(Event::into_key_change);
        let behind = changes.filter(|change| change.position > stream.since());
        let behind: Vec<_> = behind.collect();
        assert_eq!(behind.last().unwrap().event.key(), &key);
        for expected in behind {
            assert_eq!(stream.next().await.as_deref(), Some(&expected));
        }
    }
}

pub async fn a_position_beyond_the_end_misses_some(subject: &TestStore) {
    let alice = subject.user("alice").await;
    subject.own_key(&alice, "ci").await;
    subject.all_events(2).await;
    for listing in [Listing::of_all(), Listing::OfKeys(everything())] {
        let page = listing.page(subject, Position::START, 10).await;
        assert!(!page.misses_some(Position::START));
        assert!(!page.misses_some(page.next));
        let beyond = Position {
            horizon: page.next.horizon + 1_000_000,
            number: 0,
        };
        let page = listing.page(subject, beyond, 10).await;
        assert_eq!(page.events, []);
        assert!(page.misses_some(beyond));
    }
}
