//! Lists of keys with conditions.

use super::{
    TestKeys,
    keys_of_every_kind::{ORDERS, change, create_keys, disabled, entries, noted, revoked, table},
    test_store::{ANYWHERE, after, everything, filter, new_key},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    identifier::ApiKeyId,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        conditions::KeyConditions,
        metadata::{Metadata, MetadataChange},
        place::Place,
        status::Status,
    },
    listing::{Order, Window},
    testing::fixture,
};
use futures_util::future::{join, join_all};

/// Walks to the end of a list.
async fn walked(store: &TestKeys, filter: &ApiKeyFilter, order: &Order) -> Vec<ApiKeyId> {
    let (mut ids, mut place) = (Vec::new(), None);
    loop {
        let batch = store.api_keys.list_after(filter, order, place.as_ref(), 9);
        let batch = batch.await.unwrap();
        ids.extend(batch.piece.items.iter().map(|key| key.id));
        ids.extend(batch.piece.rest);
        match batch.next {
            None => return ids,
            next => place = next,
        }
    }
}

/// Checks all ways to read a list against what the rule says of all keys.
async fn assert_listed(store: &TestKeys, all: &[ApiKey], filter: &ApiKeyFilter, order: &Order) {
    let mut expected: Vec<&ApiKey> = all.iter().filter(|key| filter.admits(key)).collect();
    let place = |key: &ApiKey| Place::of(key, order);
    expected.sort_by(|one, other| place(one).compare(&place(other), order));
    let expected: Vec<ApiKeyId> = expected.iter().map(|key| key.id).collect();
    let walked = walked(store, filter, order).await;
    assert_eq!(walked, expected, "{filter:?} {order:?}");
    let total = store.api_keys.total(filter).await.unwrap();
    assert_eq!(total, expected.len() as u64, "{filter:?}");
    for (offset, limit) in [(0, 7), (5, 11), (1_000_000, 10)] {
        let window = Window { offset, limit };
        let page = store.api_keys.list(filter, order, window).await.unwrap();
        let ids = page.items.iter().map(|key| key.id).chain(page.rest);
        let from = expected.len().min(offset as usize);
        let shown = &expected[from..expected.len().min(from + limit as usize)];
        assert_eq!(
            ids.collect::<Vec<_>>(),
            shown,
            "{filter:?} {order:?} {window:?}"
        );
        assert_eq!(page.total, expected.len() as u64, "{filter:?} {window:?}");
    }
}

pub async fn a_list_shows_keys_that_are_as_its_conditions_say(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let (robot, acme) = (
        store.system_user("robot").await,
        store.organization("acme").await,
    );
    create_keys(store, &alice, alice.principal_id, 60).await;
    create_keys(store, &alice, acme.id, 5).await;
    create_keys(store, &bob, acme.id, 20).await;
    create_keys(store, &robot, acme.id, 10).await;
    let all = store.keys(&everything()).await;
    let mut orders = ORDERS.iter().cycle();
    for conditions in table() {
        for filter in [
            filter(Some(alice.id), Some(alice.principal_id), ""),
            filter(Some(alice.id), None, ""),
            filter(None, Some(acme.id), ""),
            filter(None, None, ""),
            filter(Some(alice.id), None, "KEY 01"),
            filter(Some(robot.id), None, ""),
        ] {
            let filter = fixture::with_conditions(&filter, conditions.clone());
            let order = orders.next().unwrap();
            assert_listed(store, &all, &filter, &Order::parse(order).unwrap()).await;
        }
    }
}

pub async fn conditions_sort_as_every_list_does(store: &TestKeys) {
    let alice = store.user("alice").await;
    create_keys(store, &alice, alice.principal_id, 40).await;
    let all = store.keys(&everything()).await;
    let own = filter(Some(alice.id), Some(alice.principal_id), "");
    for order in ORDERS {
        for conditions in [
            KeyConditions {
                status: Some((Status::Active, after(0))),
                ..KeyConditions::NONE
            },
            noted(&[("team", "search")]),
        ] {
            let filter = fixture::with_conditions(&own, conditions);
            assert_listed(store, &all, &filter, &Order::parse(order).unwrap()).await;
        }
    }
}

pub async fn conditions_follow_every_change(store: &TestKeys) {
    let alice = store.user("alice").await;
    let own = filter(Some(alice.id), Some(alice.principal_id), "");
    let key = store.own_key(&alice, "changing").await;
    create_keys(store, &alice, alice.principal_id, 12).await;
    let merge = |name: &str, text: Option<&str>| ApiKeyChanges {
        metadata: Some(MetadataChange::Merge(vec![(
            name.to_owned(),
            text.map(str::to_owned),
        )])),
        ..ApiKeyChanges::default()
    };
    let clear = ApiKeyChanges {
        metadata: Some(MetadataChange::Clear),
        ..ApiKeyChanges::default()
    };
    let steps = [
        disabled(true),
        merge("team", Some("search")),
        disabled(false),
        merge("team", Some("other")),
        merge("stage", Some("test")),
        merge("team", None),
        clear,
        merge("team", Some("search")),
        revoked(),
    ];
    for (round, step) in (30..).zip(steps) {
        change(store, key.id, round, step).await;
        let all = store.keys(&everything()).await;
        let status = |status| KeyConditions {
            status: Some((status, after(30))),
            ..KeyConditions::NONE
        };
        for conditions in [
            status(Status::Active),
            status(Status::Disabled),
            status(Status::Revoked),
            noted(&[("team", "search")]),
            noted(&[("team", "other")]),
            noted(&[("stage", "test")]),
        ] {
            let filter = fixture::with_conditions(&own, conditions);
            assert_listed(store, &all, &filter, &Order::default()).await;
        }
    }
    let deleted = store
        .api_keys
        .delete(fixture::by_service(), key.id, ANYWHERE);
    assert!(deleted.await.unwrap().is_some());
    let filter = fixture::with_conditions(&own, noted(&[("team", "search")]));
    let all = store.keys(&everything()).await;
    assert_listed(store, &all, &filter, &Order::default()).await;
}

/// Keys come, go and change meanwhile.
pub async fn a_walk_with_conditions_meets_every_lasting_key_once(store: &TestKeys) {
    let alice = store.user("alice").await;
    let own = filter(Some(alice.id), Some(alice.principal_id), "");
    create_keys(store, &alice, alice.principal_id, 50).await;
    let lasting = store.keys(&own).await;
    let status = Some((Status::Active, after(0)));
    for conditions in [
        KeyConditions {
            status,
            ..KeyConditions::NONE
        },
        noted(&[("team", "search")]),
    ] {
        for order in ["name", "-created_at", "expires_at"] {
            let order = Order::parse(order).unwrap();
            let filter = fixture::with_conditions(&own, conditions.clone());
            let (mut met, mut place) = (Vec::new(), None);
            for round in 0.. {
                let changes = async {
                    let name = |kind| format!("{kind} {round}");
                    let keys = ["a", "key", "z"].map(|kind| {
                        let new = NewApiKey {
                            metadata: Metadata::parse(entries(2)).unwrap(),
                            ..new_key(&alice, alice.principal_id, &name(kind))
                        };
                        store.api_keys.create(fixture::by_service(), new)
                    });
                    let created = join_all(keys).await;
                    let ids = created.into_iter().map(|key| key.unwrap().id);
                    for (id, changes) in ids.zip([Some(disabled(true)), None, Some(revoked())]) {
                        if let Some(changes) = changes {
                            change(store, id, 60, changes).await;
                        }
                        let gone = store.api_keys.delete(fixture::by_service(), id, ANYWHERE);
                        gone.await.unwrap();
                    }
                };
                let step = store
                    .api_keys
                    .list_after(&filter, &order, place.as_ref(), 7);
                let (batch, ()) = join(step, changes).await;
                let batch = batch.unwrap();
                met.extend(batch.piece.items.iter().map(|key| key.id));
                met.extend(batch.piece.rest);
                place = batch.next;
                if place.is_none() {
                    break;
                }
                assert!(round < 60, "no end");
            }
            let is_lasting = |id: &ApiKeyId| lasting.iter().any(|key| key.id == *id);
            met.retain(is_lasting);
            met.sort_unstable();
            let expected = lasting.iter().filter(|key| filter.admits(key));
            let mut expected: Vec<ApiKeyId> = expected.map(|key| key.id).collect();
            expected.sort_unstable();
            assert_eq!(met, expected, "{filter:?} {order:?}");
        }
    }
}
