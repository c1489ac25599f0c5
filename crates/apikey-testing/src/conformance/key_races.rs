//! Writes to keys at the same time.

use super::{
    TestStore,
    test_store::{ANYWHERE, after, described, everything, heard, new_key, outcome},
};
use apikey_domain::{
    change::{KeyChange, KeyEvent, snapshot::Snapshot},
    identifier::ApiKeyId,
    identity::user::User,
    key::api_key::{ApiKey, NewApiKey},
    testing::fixture,
};
use futures_util::future::{join, join_all};
use std::{collections::BTreeMap, sync::Arc};

/// How many run at once.
const MANY: usize = 16;

/// Creates them all at once and checks that one wins and the rest meet `error`.
async fn one_wins(subject: &TestStore, new: Vec<NewApiKey>, error: &str) {
    let creations = new
        .into_iter()
        .map(|new| subject.api_keys.create(fixture::attribution(), new));
    let answers = join_all(creations).await;
    let mut outcomes: Vec<_> = answers.iter().map(outcome).collect();
    outcomes.sort_by_key(|outcome| outcome != "done");
    assert_eq!(outcomes[0], "done");
    assert_eq!(outcomes[1..], vec![error; MANY - 1]);
    let created = answers.into_iter().find_map(Result::ok).unwrap();
    assert_eq!(subject.keys(&everything()).await, [created]);
}

async fn users(subject: &TestStore) -> Vec<User> {
    let names: Vec<_> = (0..MANY).map(|number| format!("user {number}")).collect();
    join_all(names.iter().map(|name| subject.user(name))).await
}

pub async fn of_many_creations_of_one_name_one_wins(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let new = || new_key(&alice, alice.principal_id, "ci");
    let all = std::iter::repeat_with(new).take(MANY).collect();
    one_wins(subject, all, "duplicate key name").await;
}

pub async fn of_many_creations_of_one_access_key_one_wins(subject: &TestStore) {
    let users = users(subject).await;
    let mut all: Vec<_> = users
        .iter()
        .map(|user| new_key(user, user.principal_id, "ci"))
        .collect();
    let access_key = all[0].access_key.clone();
    for new in &mut all {
        new.access_key = access_key.clone();
    }
    one_wins(subject, all, "duplicate access key").await;
}

pub async fn many_creations_at_once_are_all_kept(subject: &TestStore) {
    let users = users(subject).await;
    let mut created: Vec<ApiKey> =
        join_all(users.iter().map(|user| subject.own_key(user, "ci"))).await;
    created.sort_by_key(|key| key.id);
    created.dedup_by_key(|key| key.id);
    assert_eq!(created.len(), MANY);
    let mut stored = subject.keys(&everything()).await;
    stored.sort_by_key(|key| key.id);
    assert_eq!(stored, created);
}

pub async fn of_many_deletions_one_answers_the_key(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut stream = subject.watch(&alice, everything()).await;
    let key = subject.own_key(&alice, "ci").await;
    let deletions = (0..MANY).map(|_| {
        subject
            .api_keys
            .delete(fixture::attribution(), key.id, ANYWHERE)
    });
    let answers: Vec<_> = join_all(deletions).await;
    let deleted: Vec<_> = answers.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(deleted, [key]);
    subject.own_key(&alice, "last").await;
    let changes = heard(&mut stream, 3).await;
    assert!(matches!(changes[1].event, KeyEvent::Deleted(_)));
    assert!(matches!(changes[2].event, KeyEvent::Created(_)));
}

pub async fn an_update_never_revives_a_key_that_is_being_deleted(subject: &TestStore) {
    let alice = subject.user("alice").await;
    for round in 0..MANY {
        let key = subject.own_key(&alice, "ci").await;
        let mut stream = subject.watch(&alice, everything()).await;
        let changes = described(&format!("round {round}"));
        let update =
            subject
                .api_keys
                .update(fixture::attribution_at(after(1)), key.id, ANYWHERE, changes);
        let delete = subject
            .api_keys
            .delete(fixture::attribution(), key.id, ANYWHERE);
        let (updated, deleted) = match round % 2 {
            0 => join(update, delete).await,
            _ => {
                let (deleted, updated) = join(delete, update).await;
                (updated, deleted)
            }
        };
        let (updated, deleted) = (updated.unwrap(), deleted.unwrap().unwrap());
        assert_eq!(subject.stored(key.id).await, None);
        let access_key = key.access_key.as_str();
        let found = subject.api_keys.credential(access_key).await.unwrap();
        assert!(found.is_none());
        // Whichever came first, the deletion answers what it found.
        assert_eq!(deleted, updated.clone().unwrap_or(key));
        for change in heard(&mut stream, 1 + usize::from(updated.is_some())).await {
            assert_eq!(change.event.key(), &deleted);
        }
    }
}

pub async fn updates_at_once_are_told_in_the_order_of_commits(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut stream = subject.watch(&alice, everything()).await;
    let mut keys = BTreeMap::new();
    for name in ["0", "1", "2", "3"] {
        let key = subject.own_key(&alice, name).await;
        keys.insert(key.id, key);
    }
    heard(&mut stream, 4).await;
    let ids: Vec<ApiKeyId> = keys.keys().copied().collect();
    let updates = (0..64).map(|number| {
        let changes = described(&format!("update {number}"));
        let (id, now) = (ids[number % 4], after(number as i64));
        subject
            .api_keys
            .update(fixture::attribution_at(now), id, ANYWHERE, changes)
    });
    for updated in join_all(updates).await {
        assert!(updated.unwrap().is_some());
    }
    let changes = heard(&mut stream, 64).await;
    assert!(changes.is_sorted_by_key(|change| change.position));
    for change in &changes {
        let KeyEvent::Updated { before, after } = &change.event else {
            panic!("not an update: {change:?}");
        };
        // Each update was made to what the one before it had left.
        let known = keys.insert(after.id, after.clone());
        assert_eq!(known.as_ref(), Some(before));
    }
    for key in keys.into_values() {
        assert_eq!(subject.stored(key.id).await, Some(key));
    }
}

pub async fn a_snapshot_among_writes_holds_the_commits_it_says(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut stream = subject.watch(&alice, everything()).await;
    let writes = (0..MANY).map(|number| write_thrice(subject, &alice, number));
    let looks = (0..MANY).map(|_| async {
        let mut seen = Vec::new();
        for _ in 0..4 {
            let filter = everything();
            let keys = &subject.api_keys;
            let snapshot = keys.snapshot_after(&filter, ApiKeyId(0), 1_000);
            seen.push(snapshot.await.unwrap());
        }
        seen
    });
    let (_, snapshots) = join(join_all(writes), join_all(looks)).await;
    let changes = heard(&mut stream, MANY * 2 + MANY / 2).await;
    for (snapshot, keys) in snapshots.into_iter().flatten() {
        assert_eq!(keys, replayed(&changes, &snapshot));
    }
}

/// Creates a key, changes it and deletes every other one.
async fn write_thrice(subject: &TestStore, user: &User, number: usize) {
    let key = subject.own_key(user, &number.to_string()).await;
    let changes = described("changed");
    let updated = subject
        .api_keys
        .update(fixture::attribution_at(after(1)), key.id, ANYWHERE, changes)
        .await;
    assert!(updated.unwrap().is_some());
    if number.is_multiple_of(2) {
        subject
            .api_keys
            .delete(fixture::attribution(), key.id, ANYWHERE)
            .await
            .unwrap();
    }
}

/// The keys there are after the commits a snapshot holds.
fn replayed(changes: &[Arc<KeyChange>], snapshot: &Snapshot) -> Vec<ApiKey> {
    let mut keys = BTreeMap::new();
    for change in changes
        .iter()
        .filter(|change| snapshot.holds(change.transaction))
    {
        match &change.event {
            KeyEvent::Deleted(key) => keys.remove(&key.id),
            event => keys.insert(event.key().id, event.key().clone()),
        };
    }
    keys.into_values().collect()
}
