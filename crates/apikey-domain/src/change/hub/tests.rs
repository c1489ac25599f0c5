//! Tests of the hub.

use super::*;
use crate::error::Bound;
use crate::identifier::{ApiKeyId, PrincipalId, UserId};
use crate::{
    change::{KeyEvent, Membership, Transition, event::Event},
    identity::{organization::Role, user::User, user_list::UserFilter},
    testing::fixture,
};
use futures_executor::block_on;

fn created(number: i64) -> Event {
    let key = fixture::api_key(number, "ci");
    fixture::event(number, Change::Key(KeyEvent::Created(key)))
}

#[test]
fn a_slow_subscriber_is_ended_after_its_queued_changes() {
    let hub = ChangeHub::new(10);
    let mut slow = hub.subscribe(fixture::interest(1)).unwrap();
    for number in 0..1_000 {
        hub.publish([created(number)]);
    }
    assert!(hub.is_empty());
    let mut expected = 0;
    while let Some(change) = block_on(slow.next()) {
        assert_eq!(change.position, fixture::position(expected));
        expected += 1;
    }
    assert!((256..1_000).contains(&expected), "{expected}");
}

#[test]
fn a_dropped_subscription_is_removed() {
    let hub = ChangeHub::new(1);
    drop(hub.subscribe(fixture::interest(1)).unwrap());
    let _second = hub.subscribe(fixture::interest(1)).unwrap();
    assert!(hub.subscribe(fixture::interest(1)).is_err());
    assert_eq!(hub.len(), 1);
}

#[test]
fn a_user_and_a_principal_have_bounds_of_their_own() {
    let hub = ChangeHub::bounded(HubBounds {
        in_all: 10,
        per_user: 2,
        per_principal: 3,
    });
    let interest = |user_id| {
        let mut interest = fixture::interest(user_id);
        interest.holder.user_id = UserId(user_id);
        interest.holder.principal_id = Some(PrincipalId(40));
        interest
    };
    let mut held = vec![
        hub.subscribe(interest(1)).unwrap(),
        hub.subscribe(interest(1)).unwrap(),
    ];
    let refused = |user_id| match hub.subscribe(interest(user_id)).err() {
        Some(PortError::TooMany(bound)) => bound,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(1), Bound::WatchesOfUser(2));
    held.push(hub.subscribe(interest(2)).unwrap());
    let of_principal = Bound::WatchesOfPrincipal(3, PrincipalId(40));
    assert_eq!(refused(3), of_principal);
    assert_eq!(refused(2), of_principal);
    held.remove(0);
    held.push(hub.subscribe(interest(1)).unwrap());
    assert_eq!(refused(3), of_principal);
}

#[test]
fn losing_access_ends_the_subscriptions_that_depend_on_it() {
    let key = |id| Change::Key(KeyEvent::Deleted(fixture::api_key(id, "ci")));
    let user = |id| Change::User(Transition::Deleted(fixture::user(id, 11)));
    let member = |id| {
        Change::Member(Transition::Deleted(Membership {
            organization_id: PrincipalId(id),
            user_id: UserId(1),
            role: Role::User,
        }))
    };
    let before = fixture::user(1, 11);
    let after = User {
        is_active: false,
        ..before.clone()
    };
    let losses = [
        (user(1), true),
        (user(2), false),
        (Change::User(Transition::Updated { before, after }), true),
        (Change::Password(fixture::user(1, 11)), true),
        (key(5), true),
        (key(6), false),
        (member(40), true),
        (member(41), false),
    ];
    for (change, is_ended) in losses {
        let hub = ChangeHub::new(1);
        let mut interest = fixture::interest(1);
        interest.holder.key_id = Some(ApiKeyId(5));
        interest.holder.principal_id = Some(PrincipalId(40));
        let _subscription = hub.subscribe(interest).unwrap();
        hub.publish([fixture::event(1, change.clone())]);
        assert_eq!(hub.is_empty(), is_ended, "{change:?}");
    }
}

#[test]
fn a_subscription_knows_where_it_began() {
    let hub = ChangeHub::new(1);
    hub.publish([created(3)]);
    let stream = hub.subscribe(fixture::interest(1)).unwrap();
    hub.publish([created(5)]);
    hub.advance(fixture::position(9));
    assert_eq!(stream.since(), fixture::position(3));
    assert_eq!(
        stream.reached(),
        (fixture::position(5), fixture::position(9))
    );
}

#[test]
fn deleting_the_key_of_a_stream_ends_it_after_the_deletion_is_delivered() {
    let hub = ChangeHub::new(1);
    let mut interest = fixture::interest(1);
    interest.holder.key_id = Some(ApiKeyId(7));
    let mut stream = hub.subscribe(interest).unwrap();
    let deleted = KeyEvent::Deleted(fixture::api_key(7, "ci"));
    let event = fixture::event(1, Change::Key(deleted.clone()));
    hub.publish([event, created(8)]);
    assert_eq!(block_on(stream.next()).unwrap().event, deleted);
    assert_eq!(block_on(stream.next()), None);
}

#[test]
fn those_who_watch_users_receive_their_changes_alone() {
    let hub = ChangeHub::bounded(HubBounds {
        in_all: 10,
        per_user: 2,
        per_principal: 10,
    });
    let interest = || UserInterest {
        filter: UserFilter::ALL,
        holder: fixture::interest(1).holder,
    };
    let mut users = hub.subscribe_to_users(interest()).unwrap();
    let mut keys = hub.subscribe(fixture::interest(1)).unwrap();
    // Both count.
    assert!(hub.subscribe_to_users(interest()).is_err());
    let ada = fixture::user(5, 15);
    let came = Change::User(Transition::Created(ada.clone()));
    hub.publish([created(1), fixture::event(2, came)]);
    hub.close();
    assert_eq!(block_on(users.next()).unwrap().event.subject(), &ada);
    assert_eq!(block_on(users.next()), None);
    assert_eq!(
        block_on(keys.next()).unwrap().position,
        fixture::position(1)
    );
    assert_eq!(block_on(keys.next()), None);
}
