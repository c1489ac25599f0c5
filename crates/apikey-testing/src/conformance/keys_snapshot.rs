//! Snapshots, and the changes they hold.

use super::{
    TestStore,
    test_store::{ANYWHERE, NOBODYS, after, described, events, everything, filter, heard, of_user},
};
use apikey_domain::{
    access::policy::ApiKeyFilter, change::snapshot::Snapshot, identifier::ApiKeyId,
    key::api_key::ApiKey, testing::fixture,
};

async fn snapshot(
    subject: &TestStore,
    filter: &ApiKeyFilter,
    after: ApiKeyId,
    limit: u32,
) -> (Snapshot, Vec<ApiKey>) {
    let snapshot = subject.api_keys.snapshot_after(filter, after, limit);
    snapshot.await.unwrap()
}

pub async fn a_snapshot_goes_up_through_the_ids_in_stretches(subject: &TestStore) {
    let alice = subject.user("alice").await;
    // Names and instants go the other way.
    for name in ["e", "d", "c", "b", "a"] {
        subject.own_key(&alice, name).await;
    }
    let mut expected = subject.keys(&everything()).await;
    expected.sort_by_key(|key| key.id);
    for limit in [1, 2, 3, 5, 6] {
        let mut shown = Vec::new();
        let mut last = ApiKeyId(0);
        loop {
            let (_, batch) = snapshot(subject, &everything(), last, limit).await;
            assert!(batch.len() <= limit as usize);
            let Some(key) = batch.last() else { break };
            last = key.id;
            shown.extend(batch);
            assert!(shown.len() <= expected.len(), "no end by {limit}");
        }
        assert_eq!(shown, expected, "by {limit}");
    }
}

pub async fn a_snapshot_shows_what_the_filter_admits(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let robot = subject.system_user("robot").await;
    let acme = subject.organization("acme").await;
    for user in [&alice, &bob, &robot] {
        subject.key(user, acme.id, "ÄPFEL").await;
        subject.own_key(user, "%").await;
    }
    for filter in [
        everything(),
        of_user(&alice),
        of_user(&robot),
        filter(None, Some(acme.id), ""),
        filter(Some(bob.id), Some(acme.id), "äpfel"),
        filter(Some(bob.id), Some(bob.principal_id), "_"),
        filter(None, None, "%"),
    ] {
        let mut expected = subject.keys(&everything()).await;
        expected.retain(|key| filter.admits(key));
        expected.sort_by_key(|key| key.id);
        let (_, shown) = snapshot(subject, &filter, ApiKeyId(0), 1_000).await;
        assert_eq!(shown, expected, "{filter:?}");
    }
}

pub async fn a_snapshot_starts_after_any_number(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    for number in NOBODYS {
        let (_, shown) = snapshot(subject, &everything(), ApiKeyId(number), 10).await;
        assert_eq!(shown.is_empty(), number >= key.id.0, "after {number}");
    }
}

pub async fn a_snapshot_of_nothing_says_what_it_holds(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut stream = subject.watch(&alice, everything()).await;
    let (seen, shown) = snapshot(subject, &everything(), ApiKeyId(0), 10).await;
    assert_eq!(shown, []);
    subject.own_key(&alice, "ci").await;
    assert!(!seen.holds(heard(&mut stream, 1).await[0].transaction));
}

pub async fn a_snapshot_says_which_commits_it_holds(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut stream = subject.watch(&alice, everything()).await;
    let update = |key: ApiKey, text, now| {
        let changes = described(text);
        subject
            .api_keys
            .update(fixture::attribution_at(now), key.id, ANYWHERE, changes)
    };
    let (one, two) = (
        subject.own_key(&alice, "one").await,
        subject.own_key(&alice, "two").await,
    );
    update(one.clone(), "before", after(1)).await.unwrap();
    let (seen, _) = snapshot(subject, &everything(), one.id, 10).await;
    update(one, "after", after(2)).await.unwrap();
    subject
        .api_keys
        .delete(fixture::attribution(), two.id, ANYWHERE)
        .await
        .unwrap();
    subject.own_key(&alice, "three").await;

    let changes = heard(&mut stream, 6).await;
    let is_held: Vec<_> = changes
        .iter()
        .map(|change| seen.holds(change.transaction))
        .collect();
    assert_eq!(is_held, [true, true, true, false, false, false]);
}

pub async fn each_write_has_a_position_of_its_own(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut stream = subject.watch(&alice, everything()).await;
    let key = subject.own_key(&alice, "ci").await;
    let changes = described("for CI");
    let updated = subject
        .api_keys
        .update(fixture::attribution_at(after(1)), key.id, ANYWHERE, changes)
        .await;
    assert!(updated.unwrap().is_some());
    subject
        .api_keys
        .delete(fixture::attribution(), key.id, ANYWHERE)
        .await
        .unwrap();
    let changes = heard(&mut stream, 3).await;
    assert!(changes.is_sorted_by(|one, next| one.position < next.position));
}

pub async fn a_snapshot_does_not_move_the_feed(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut stream = subject.watch(&alice, everything()).await;
    let first = snapshot(subject, &everything(), ApiKeyId(0), 10).await;
    let second = snapshot(subject, &everything(), ApiKeyId(0), 10).await;
    assert!(first.0.unborn_from <= second.0.unborn_from);
    let key = subject.own_key(&alice, "ci").await;
    let event = &events(&mut stream, 1).await[0];
    assert_eq!(event.key(), &key);
}
