//! Rights that end while writes that rest on them are under way.

use super::{
    TestStore,
    authority_setup::{Loss, Setup, own, personal},
    test_store::{ANYWHERE, new_key, outcome},
};
use apikey_domain::{
    access::authority::Authority,
    change::{
        Change, Position,
        event::{Event, EventFilter},
    },
    identity::{organization::Role, user::User},
    testing::fixture,
};
use futures_util::future::{join, join_all};

/// How many writes race with a loss.
const CONCURRENCY: usize = 8;

/// How often each race is run.
const ROUNDS: usize = 4;

pub async fn no_write_follows_the_loss_of_its_right(store: &TestStore) {
    writes_race_with_losses(store, store).await;
}

pub async fn two_who_end_each_others_rights_take_turns(store: &TestStore) {
    the_first_of_two_revokers_wins(store, store).await;
}

/// Races writes through `one` and `other` with losses through `other`, which may be
/// another node of the same store. What was written is recorded before the loss.
pub(super) async fn writes_race_with_losses(one: &TestStore, other: &TestStore) {
    let losses = [
        Loss::KeyDeleted,
        Loss::KeyNarrowed,
        Loss::KeyLimited,
        Loss::UserDeactivated,
        Loss::NewPassword,
        Loss::UserDeleted,
        Loss::UserRemoved,
        Loss::MemberRemoved,
    ];
    for round in 0..ROUNDS {
        for loss in losses {
            let setup = Setup::new(one, &format!("{loss:?} {round}"), false).await;
            setup.grow(one, loss).await;
            race(one, other, &setup, loss).await;
        }
    }
}

async fn race(one: &TestStore, other: &TestStore, setup: &Setup, loss: Loss) {
    let by = match loss {
        Loss::KeyLimited => fixture::by_bounded(personal(&setup.with_key())),
        Loss::KeyDeleted | Loss::KeyNarrowed => personal(&setup.with_key()),
        _ => setup.in_acme(),
    };
    let bob = one
        .user(&format!("bob {}", setup.alice.username.as_str()))
        .await;
    let before = one.last_event().await;
    let write = |number: usize| {
        let (bob, by) = (&bob, by.clone());
        async move {
            let store = if number.is_multiple_of(2) { one } else { other };
            let new = new_key(bob, bob.principal_id, &number.to_string());
            outcome(&store.api_keys.create(by, new).await)
        }
    };
    let revoke = async {
        setup.lose(other, loss).await;
        // The loss is answered: nothing begins after it.
        let late = (CONCURRENCY..2 * CONCURRENCY).map(&write);
        for outcome in join_all(late).await {
            assert_ne!(outcome, "done", "{loss:?}");
        }
    };
    let (outcomes, ()) = join(join_all((0..CONCURRENCY).map(&write)), revoke).await;
    let written = outcomes.iter().filter(|outcome| *outcome == "done").count();

    let mut recorded = 0;
    let mut is_lost = false;
    for event in events_after(one, before).await {
        if matches!(&event.change, Change::Key(created) if created.key().user_id == bob.id) {
            assert!(!is_lost, "{loss:?}: {event:?}");
            recorded += 1;
        } else if event.change.is_revocation() {
            is_lost = true;
        }
    }
    assert_eq!(
        (recorded, is_lost),
        (written, true),
        "{loss:?}: {outcomes:?}"
    );
}

/// Returns the events of all writes acknowledged so far that come after a position.
async fn events_after(store: &TestStore, position: Position) -> Vec<Event> {
    store.last_event().await;
    let all = EventFilter::default();
    let page = store.event_log.list_events(&all, position, 1_000).await;
    page.unwrap().events
}

/// Two keys delete each other, two admins delete each other, and two admins of an
/// organization remove each other, each through one of two nodes: the second one has
/// lost their right.
pub(super) async fn the_first_of_two_revokers_wins(one: &TestStore, other: &TestStore) {
    for round in 0..ROUNDS {
        let name = |who: &str| format!("{who} {round}");
        let alice = Setup::new(one, &name("a"), true).await;
        let bob = Setup::new(one, &name("b"), true).await;
        let delete = |store: &TestStore, by: Authority, setup: &Setup| {
            let (keys, id) = (store.api_keys.clone(), setup.key.id);
            async move { outcome(&keys.delete(by, id, ANYWHERE).await) }
        };
        let outcomes = join(
            delete(one, own(&alice.with_key()), &bob),
            delete(other, own(&bob.with_key()), &alice),
        );
        assert_one(outcomes.await, "the key is no longer valid");

        let delete = |store: &TestStore, by: Authority, setup: &Setup| {
            let (directory, id) = (store.directory.clone(), setup.alice.id);
            async move { outcome(&directory.delete_user(by, id).await) }
        };
        let outcomes = join(
            delete(one, own(&alice.with_password()), &bob),
            delete(other, own(&bob.with_password()), &alice),
        );
        assert_one(outcomes.await, "invalid credentials");
        one_of_two_members_is_removed(one, other, &name("m")).await;
    }
}

/// Two admins of an organization remove each other, through two nodes.
async fn one_of_two_members_is_removed(one: &TestStore, other: &TestStore, name: &str) {
    let setup = Setup::new(one, name, false).await;
    let bob = one.user(&format!("bob {name}")).await;
    one.join(&setup.acme, &bob, Role::Admin).await;
    let as_bob = fixture::caller_of(bob.clone(), fixture::password());
    let remove = |store: &TestStore, by: Authority, user: &User| {
        let (directory, acme, id) = (store.directory.clone(), setup.acme.id, user.id);
        async move { outcome(&directory.remove_member(by, acme, id).await) }
    };
    let as_alice = setup.over_members(&setup.with_password());
    let outcomes = join(
        remove(one, as_alice, &bob),
        remove(other, setup.over_members(&as_bob), &setup.alice),
    );
    let refused = format!("organization {} not found", setup.acme.id.0);
    assert_one(outcomes.await, &refused);
}

fn assert_one((one, other): (String, String), refused: &str) {
    assert_ne!(one, other);
    for outcome in [one, other] {
        assert!(outcome == "done" || outcome == refused, "{outcome}");
    }
}
