//! What rests on a session, and what rests on the password that it is opened with.

use super::{
    TestStore,
    sessions::new_password,
    test_store::{after, new_key, outcome},
};
use apikey_domain::{
    access::authority::Authority,
    identifier::SessionId,
    identity::user::{User, UserChanges},
    testing::fixture,
};
use futures_util::future::{join, join_all};

/// How many writes race with the end of a session.
const CONCURRENCY: usize = 8;

/// How often each race is run.
const ROUNDS: u8 = 4;

const UNKNOWN: &str = "invalid credentials";

async fn write(store: &TestStore, by: &Authority, user: &User, name: &str) -> String {
    let new = new_key(user, user.principal_id, name);
    outcome(&store.api_keys.create(by.clone(), new).await)
}

/// Returns the authority of a user with their session, in the seventh second.
fn with(user: &User, id: SessionId) -> Authority {
    fixture::by_session(user, id, after(7))
}

pub async fn a_write_rests_on_its_session(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let session = store.session(&alice, 1).await;
    let of_bob = store.session(&bob, 2).await;
    let by = with(&alice, session.id);
    assert_eq!(write(store, &by, &alice, "one").await, "done");
    // One of another user, one that there is not, and one that has expired.
    for (by, name) in [
        (with(&alice, of_bob.id), "two"),
        (with(&alice, SessionId(987_654)), "three"),
        (
            fixture::by_session(&alice, session.id, after(7_200)),
            "four",
        ),
        (
            fixture::by_session(&alice, session.id, after(-3_601)),
            "five",
        ),
    ] {
        assert_eq!(write(store, &by, &alice, name).await, UNKNOWN, "{name}");
    }
    let ended = store.sessions.end_session(by.clone(), alice.id, session.id);
    assert!(ended.await.unwrap());
    assert_eq!(write(store, &by, &alice, "six").await, UNKNOWN);
    let again = store.sessions.end_session(by, alice.id, session.id).await;
    assert_eq!(outcome(&again), UNKNOWN);
}

pub async fn a_write_with_a_session_of_an_earlier_password_is_refused(store: &TestStore) {
    let alice = store.user("alice").await;
    let (kept, other) = (
        store.session(&alice, 1).await,
        store.session(&alice, 2).await,
    );
    let change = fixture::by_own_change(with(&alice, kept.id));
    let changed = store
        .directory
        .update_user(change, alice.id, new_password("2"));
    assert!(changed.await.unwrap().is_some());
    assert_eq!(
        write(store, &with(&alice, other.id), &alice, "one").await,
        UNKNOWN
    );
    // Also of a request that came before the change.
    assert_eq!(
        write(store, &with(&alice, kept.id), &alice, "two").await,
        "done"
    );
}

pub async fn who_must_change_their_password_writes_nothing_else(store: &TestStore) {
    let alice = store.user("alice").await;
    let session = store.session(&alice, 1).await;
    let key = store.own_key(&alice, "hers").await;
    let changes = UserChanges {
        require_password_change: Some(true),
        ..UserChanges::default()
    };
    let changed = store
        .directory
        .update_user(fixture::by_service(), alice.id, changes);
    assert!(changed.await.unwrap().unwrap().require_password_change);
    let by_password = fixture::by(
        &fixture::caller_of(alice.clone(), fixture::password()),
        after(7),
    );
    let refused = "the password must be changed first";
    for by in [by_password.clone(), with(&alice, session.id)] {
        assert_eq!(write(store, &by, &alice, "one").await, refused);
    }
    let by_key = fixture::by(&fixture::caller_with(&alice, &key), after(7));
    assert_eq!(write(store, &by_key, &alice, "two").await, "done");
    // They begin a session and change it.
    let new = fixture::new_session(alice.id.0, 2);
    let opened = store
        .sessions
        .open_session(fixture::by_own_change(by_password), new);
    let opened = opened.await.unwrap();
    let changes = UserChanges {
        require_password_change: Some(false),
        ..new_password("2")
    };
    let by = fixture::by_own_change(with(&alice, opened.id));
    let changed = store.directory.update_user(by, alice.id, changes).await;
    assert!(!changed.unwrap().unwrap().require_password_change);
    assert_eq!(
        write(store, &with(&alice, opened.id), &alice, "three").await,
        "done"
    );
}

pub async fn a_session_is_opened_with_the_password_of_now(store: &TestStore) {
    let alice = store.user("alice").await;
    let by = fixture::by(
        &fixture::caller_of(alice.clone(), fixture::password()),
        after(7),
    );
    let open = |number| {
        let new = fixture::new_session(alice.id.0, number);
        store.sessions.open_session(by.clone(), new)
    };
    assert!(open(1).await.is_ok());
    let changed = store
        .directory
        .update_user(fixture::by_service(), alice.id, new_password("2"));
    assert!(changed.await.unwrap().is_some());
    assert_eq!(outcome(&open(2).await), UNKNOWN);
    assert!(store.found(2).await.is_none());
}

pub async fn no_write_follows_the_end_of_its_session(store: &TestStore) {
    writes_race_with_a_sign_out(store, store).await;
}

pub async fn no_session_outlives_a_new_password(store: &TestStore) {
    sign_ins_race_with_a_new_password(store, store).await;
}

/// Races writes with the end of the session that they rest on, which `other` ends, perhaps
/// another node of the same store.
pub(super) async fn writes_race_with_a_sign_out(one: &TestStore, other: &TestStore) {
    for round in 0..ROUNDS {
        let alice = one.user(&format!("alice {round}")).await;
        let session = one.session(&alice, 10 + round).await;
        let by = with(&alice, session.id);
        let attempt = |number: usize| {
            let (by, alice) = (&by, &alice);
            async move {
                let store = if number.is_multiple_of(2) { one } else { other };
                write(store, by, alice, &number.to_string()).await
            }
        };
        let sign_out = async {
            let by = fixture::by_service();
            let ended = other.sessions.end_session(by, alice.id, session.id).await;
            assert!(ended.unwrap());
            // The end is answered: nothing begins after it.
            let late = (CONCURRENCY..2 * CONCURRENCY).map(&attempt);
            for outcome in join_all(late).await {
                assert_eq!(outcome, UNKNOWN);
            }
        };
        let (outcomes, ()) = join(join_all((0..CONCURRENCY).map(&attempt)), sign_out).await;
        for outcome in &outcomes {
            assert!(outcome == "done" || outcome == UNKNOWN, "{outcome}");
        }
        assert!(one.found(10 + round).await.is_none());
    }
}

/// Races sign-ins with a new password, which `other` gives. None leaves a session that rests
/// on the former one.
pub(super) async fn sign_ins_race_with_a_new_password(one: &TestStore, other: &TestStore) {
    for round in 0..ROUNDS {
        let alice = one.user(&format!("alice {round}")).await;
        let caller = fixture::caller_of(alice.clone(), fixture::password());
        let by = fixture::by(&caller, after(7));
        let number = |index: usize| 16 * (1 + round) + u8::try_from(index).unwrap();
        let sign_in = |index: usize| {
            let (store, by) = (
                if index.is_multiple_of(2) { one } else { other },
                by.clone(),
            );
            let new = fixture::new_session(alice.id.0, number(index));
            async move { outcome(&store.sessions.open_session(by, new).await) }
        };
        let change = async {
            let by = fixture::by_service();
            let changed = other.directory.update_user(by, alice.id, new_password("2"));
            assert!(changed.await.unwrap().is_some());
        };
        let (outcomes, ()) = join(join_all((0..CONCURRENCY).map(sign_in)), change).await;
        for (index, outcome) in outcomes.iter().enumerate() {
            assert!(outcome == "done" || outcome == UNKNOWN, "{outcome}");
            assert!(one.found(number(index)).await.is_none(), "{outcome}");
        }
    }
}
