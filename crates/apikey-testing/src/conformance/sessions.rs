//! Sessions: opened, found, used, ended.

use super::{
    TestStore,
    many::{MORE_THAN_AT_ONCE, many_keys},
    test_store::{UNKNOWN_IDS, after},
};
use apikey_domain::{
    identifier::{SessionId, UserId},
    identity::{
        password::PasswordHash,
        session::{NewSession, Session, SessionDigest, SessionLifetime},
        user::{User, UserChanges},
    },
    port::sessions::StoredSession,
    testing::fixture,
};

// === impl TestStore ===

impl TestStore {
    /// Opens a session of a user, with a cookie of this number.
    pub(super) async fn session(&self, user: &User, number: u8) -> Session {
        let new = fixture::new_session(user.id.0, number);
        let opened = self.sessions.open_session(fixture::by_service(), new);
        opened.await.unwrap()
    }

    /// Finds the session whose cookie has this number.
    pub(super) async fn found(&self, number: u8) -> Option<StoredSession> {
        let digest = fixture::session_digest(number);
        self.sessions.find_session(&[digest]).await.unwrap()
    }

    async fn end(&self, user_id: UserId, id: SessionId) -> bool {
        let ended = self
            .sessions
            .end_session(fixture::by_service(), user_id, id);
        ended.await.unwrap()
    }

    async fn sessions_of(&self, user: &User) -> Vec<Session> {
        self.sessions.sessions_of(user.id).await.unwrap()
    }

    async fn use_at(&self, ids: &[SessionId], seconds: i64) {
        let lifetime = SessionLifetime::default();
        let recorded = self
            .sessions
            .record_session_uses(ids, after(seconds), lifetime);
        recorded.await.unwrap();
    }

    async fn delete_expired(&self, seconds: i64, most: u32) -> u64 {
        let deleted = self.sessions.delete_expired_sessions(after(seconds), most);
        deleted.await.unwrap()
    }
}

/// Returns a digest that differs from those of all numbers.
fn digest_of(number: u16) -> SessionDigest {
    let mut bytes = [0xee; 32];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    SessionDigest::stored(&bytes).unwrap()
}

pub async fn an_opened_session_is_found_by_its_digest(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let session = store.session(&alice, 1).await;
    store.session(&bob, 2).await;
    let found = store.found(1).await.unwrap();
    assert_eq!(found.current.session, session);
    assert_eq!(found.user.user, alice);
    assert_eq!(found.current.password_hash, found.user.password_hash);
    assert!(found.is_valid(fixture::instant()));
    assert!(store.found(3).await.is_none());
    assert!(store.sessions.find_session(&[]).await.unwrap().is_none());
    // As under several peppers.
    let digests = [3, 1].map(fixture::session_digest);
    let found = store.sessions.find_session(&digests).await.unwrap();
    assert_eq!(found.unwrap().user.user, alice);
}

pub async fn an_ended_session_is_not_found(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let (session, other) = (
        store.session(&alice, 1).await,
        store.session(&alice, 2).await,
    );
    assert!(!store.end(bob.id, session.id).await);
    for id in UNKNOWN_IDS {
        assert!(!store.end(alice.id, SessionId(id)).await);
    }
    assert!(store.found(1).await.is_some());
    assert!(store.end(alice.id, session.id).await);
    assert!(!store.end(alice.id, session.id).await);
    assert!(store.found(1).await.is_none());
    assert_eq!(store.sessions_of(&alice).await, [other]);
}

pub async fn an_id_of_a_session_is_not_reused(store: &TestStore) {
    let alice = store.user("alice").await;
    let first = store.session(&alice, 1).await;
    assert!(store.end(alice.id, first.id).await);
    assert!(store.session(&alice, 2).await.id > first.id);
}

pub async fn sessions_are_listed_by_id_for_their_user(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let mut expected = Vec::new();
    for number in 1..4 {
        expected.push(store.session(&alice, number).await);
        store.session(&bob, 10 + number).await;
    }
    assert_eq!(store.sessions_of(&alice).await, expected);
    for id in UNKNOWN_IDS {
        let none = store.sessions.sessions_of(UserId(id)).await.unwrap();
        assert!(none.is_empty());
    }
}

pub async fn of_too_many_sessions_the_oldest_end(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let of_bob = store.session(&bob, 1).await;
    let mut ids = Vec::new();
    for number in 0..Session::MOST_PER_USER + 2 {
        let new = NewSession {
            digest: digest_of(u16::try_from(number).unwrap()),
            ..fixture::new_session(alice.id.0, 0)
        };
        let opened = store.sessions.open_session(fixture::by_service(), new);
        ids.push(opened.await.unwrap().id);
    }
    let listed = store.sessions_of(&alice).await;
    let listed: Vec<SessionId> = listed.iter().map(|session| session.id).collect();
    assert_eq!(listed, ids[2..]);
    let ended = [0, 1].map(digest_of);
    assert!(store.sessions.find_session(&ended).await.unwrap().is_none());
    assert_eq!(store.sessions_of(&bob).await, [of_bob]);
}

pub async fn a_session_of_nobody_is_not_stored(store: &TestStore) {
    for id in UNKNOWN_IDS {
        let new = fixture::new_session(id, 1);
        let opened = store.sessions.open_session(fixture::by_service(), new);
        assert!(opened.await.is_err());
    }
    assert!(store.found(1).await.is_none());
}

pub async fn a_session_lasts_longer_when_it_is_used(store: &TestStore) {
    let alice = store.user("alice").await;
    let (used, other) = (
        store.session(&alice, 1).await,
        store.session(&alice, 2).await,
    );
    store.use_at(&[used.id], 3_600).await;
    let [now, unused] = <[Session; 2]>::try_from(store.sessions_of(&alice).await).unwrap();
    assert_eq!(unused, other);
    assert_eq!(now.created_at, used.created_at);
    assert_eq!(now.last_used_at, after(3_600));
    assert_eq!(now.expires_at, after(3_600 + 7_200));
    // A node whose clock is behind takes nothing away.
    store.use_at(&[used.id], 60).await;
    assert_eq!(store.sessions_of(&alice).await[0], now);
    // Not longer than its lifetime in all, and not after its end.
    store
        .use_at(&[used.id, other.id, SessionId(987_654)], 10_000)
        .await;
    store.use_at(&[used.id], 17_000).await;
    store.use_at(&[used.id], 24_000).await;
    store.use_at(&[used.id], 31_000).await;
    store.use_at(&[used.id], 38_000).await;
    store.use_at(&[used.id], 43_199).await;
    store.use_at(&[used.id], 43_200).await;
    let listed = store.sessions_of(&alice).await;
    assert_eq!(listed[0].last_used_at, after(43_199));
    assert_eq!(listed[0].expires_at, after(43_200));
    assert_eq!(listed[1], other);
}

pub async fn a_new_password_ends_all_sessions_but_the_one_that_gave_it(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let kept = store.session(&alice, 1).await;
    store.session(&alice, 2).await;
    store.session(&bob, 3).await;
    let by = fixture::by_own_change(fixture::by_session(&alice, kept.id, after(7)));
    let changed = store.directory.update_user(by, alice.id, new_password("2"));
    assert!(changed.await.unwrap().is_some());
    let found = store.found(1).await.unwrap();
    assert!(found.is_valid(after(8)));
    assert_eq!(found.current.password_hash.as_str(), "plain:2");
    assert!(store.found(2).await.is_none());
    assert!(store.found(3).await.unwrap().is_valid(after(8)));
    // That of another who gives it is not theirs.
    let by = fixture::by_session(
        &bob,
        store.found(3).await.unwrap().current.session.id,
        after(8),
    );
    let changed = store.directory.update_user(by, alice.id, new_password("3"));
    assert!(changed.await.unwrap().is_some());
    assert!(store.found(1).await.is_none());
    assert!(store.found(3).await.unwrap().is_valid(after(8)));
}

pub async fn a_password_that_is_given_without_a_session_ends_all(store: &TestStore) {
    let alice = store.user("alice").await;
    store.session(&alice, 1).await;
    let by = fixture::by_service();
    let changed = store.directory.update_user(by, alice.id, new_password("2"));
    assert!(changed.await.unwrap().is_some());
    assert!(store.found(1).await.is_none());
    assert!(store.sessions_of(&alice).await.is_empty());
}

pub async fn another_change_of_a_user_ends_no_session(store: &TestStore) {
    let alice = store.user("alice").await;
    let session = store.session(&alice, 1).await;
    let changes = UserChanges {
        is_admin: Some(true),
        require_password_change: Some(true),
        ..UserChanges::default()
    };
    let by = fixture::by_service();
    let changed = store.directory.update_user(by, alice.id, changes).await;
    let changed = changed.unwrap().unwrap();
    assert!(changed.require_password_change);
    let found = store.found(1).await.unwrap();
    assert_eq!((found.current.session, found.user.user), (session, changed));
}

pub async fn a_renewed_hash_ends_no_session(store: &TestStore) {
    let alice = store.user("alice").await;
    store.session(&alice, 1).await;
    let hash = |text: &str| PasswordHash::new(text);
    let renew = |old, new| {
        let by = fixture::by_service();
        store
            .directory
            .renew_password_hash(by, alice.id, hash(old), hash(new))
    };
    assert!(renew("plain:Passw0rd_1", "renewed").await.unwrap());
    assert!(!renew("plain:Passw0rd_1", "again").await.unwrap());
    let found = store.found(1).await.unwrap();
    assert!(found.is_valid(fixture::instant()));
    assert_eq!(found.current.password_hash.as_str(), "renewed");
}

pub async fn a_deactivation_ends_all_sessions_for_good(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    store.session(&alice, 1).await;
    store.session(&bob, 2).await;
    for is_active in [false, true] {
        let changes = UserChanges {
            is_active: Some(is_active),
            ..UserChanges::default()
        };
        let by = fixture::by_service();
        let changed = store.directory.update_user(by, alice.id, changes).await;
        assert!(changed.unwrap().is_some());
        assert!(store.found(1).await.is_none());
    }
    assert!(store.found(2).await.is_some());
}

pub async fn the_sessions_of_a_deleted_user_end(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let of_many = store.user("of many").await;
    many_keys(store, &of_many, of_many.principal_id, MORE_THAN_AT_ONCE).await;
    for (number, user) in [(1, &alice), (2, &of_many), (3, &bob)] {
        store.session(user, number).await;
    }
    for user in [&alice, &of_many] {
        let deleted = store.directory.delete_user(fixture::by_service(), user.id);
        assert!(deleted.await.unwrap());
        assert!(store.sessions_of(user).await.is_empty());
    }
    for number in [1, 2] {
        assert!(store.found(number).await.is_none());
    }
    assert!(store.found(3).await.is_some());
}

pub async fn expired_sessions_are_deleted_in_batches(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut ids = Vec::new();
    for number in 1..6 {
        ids.push(store.session(&alice, number).await.id);
    }
    store.use_at(&ids[..1], 60).await;
    assert_eq!(store.delete_expired(7_199, 10).await, 0);
    assert_eq!(store.delete_expired(7_200, 3).await, 3);
    assert_eq!(store.delete_expired(7_200, 3).await, 1);
    assert_eq!(store.delete_expired(7_200, 3).await, 0);
    let left = store.sessions_of(&alice).await;
    assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), ids[..1]);
    // A clock was far ahead when it was opened.
    let latest = SessionLifetime::LONGEST_SECONDS + 3_600;
    let since = |seconds| 7_200 + 60 - latest - seconds;
    assert_eq!(store.delete_expired(since(0), 10).await, 0);
    assert_eq!(store.delete_expired(since(1), 10).await, 1);
}

pub async fn no_session_makes_an_event(store: &TestStore) {
    let alice = store.user("alice").await;
    let before = store.last_event().await;
    let session = store.session(&alice, 1).await;
    store.use_at(&[session.id], 60).await;
    assert!(store.end(alice.id, session.id).await);
    store.session(&alice, 2).await;
    assert_eq!(store.delete_expired(7_200, 10).await, 1);
    assert_eq!(store.last_event().await, before);
}

/// Returns a change to another password.
pub(super) fn new_password(text: &str) -> UserChanges {
    UserChanges {
        password_hash: Some(PasswordHash::new(format!("plain:{text}"))),
        ..UserChanges::default()
    }
}
