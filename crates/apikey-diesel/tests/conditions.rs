//! Lists with conditions that ask indexes: what they show does not depend on how they are
//! read, and they read within bounds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "name_index/setup.rs"]
mod setup;

use apikey_diesel::Store;
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    identity::user::User,
    key::{
        changes::ApiKeyChanges,
        conditions::{KeyConditions, Noted},
        status::Status,
    },
    listing::{Order, SearchBounds, TooBroad, Window},
    testing::fixture,
};
use apikey_testing::conformance::{TestKeys, keys_conditions, keys_hints};
use setup::{fill, filter, key, list, stores, user};

/// All but few keys are found by an index, or by those that are left out.
const NARROW: SearchBounds = SearchBounds {
    few: 0,
    names: 10_000,
    candidates: 20,
};

fn keys(store: &Store) -> TestKeys {
    TestKeys {
        api_keys: store.api_keys.clone(),
        key_facts: store.key_facts.clone(),
        directory: store.directory.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_does_not_depend_on_what_an_index_tells() {
    for candidates in [16, 25, 1_000] {
        let bounds = SearchBounds {
            candidates,
            ..NARROW
        };
        for (database, store) in stores(bounds).await {
            fill(&database, &store).await;
            let keys = keys(&store);
            keys_conditions::a_list_shows_keys_that_are_as_its_conditions_say(&keys).await;
            store.close().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_tells_what_every_change_made() {
    for (_, store) in stores(NARROW).await {
        keys_conditions::conditions_follow_every_change(&keys(&store)).await;
        store.close().await;
    }
    for (_, store) in stores(NARROW).await {
        let keys = keys(&store);
        keys_conditions::a_walk_with_conditions_meets_every_lasting_key_once(&keys).await;
        store.close().await;
    }
}

/// The index of names is asked for each search.
const INDEXED: SearchBounds = SearchBounds {
    few: 0,
    names: 0,
    candidates: 1_000,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_index_tells_the_ends_of_secrets() {
    for (database, store) in stores(INDEXED).await {
        fill(&database, &store).await;
        let keys = keys(&store);
        keys_hints::a_search_finds_the_end_of_a_secret(&keys).await;
        fill(&database, &store).await;
        store.close().await;
    }
    for (database, store) in stores(INDEXED).await {
        fill(&database, &store).await;
        keys_hints::a_search_finds_the_ends_of_former_secrets(&keys(&store)).await;
        store.close().await;
    }
}

/// Only three keys may be looked at.
const SMALL: SearchBounds = SearchBounds {
    few: 0,
    names: 3,
    candidates: 3,
};

async fn disable(store: &Store, key: apikey_domain::identifier::ApiKeyId) {
    let changes = ApiKeyChanges {
        is_disabled: Some(true),
        ..ApiKeyChanges::default()
    };
    let anywhere = fixture::reach(None, None);
    let by = fixture::by_service();
    let disabled = store.api_keys.update(by, key, anywhere, changes).await;
    assert!(disabled.unwrap().is_some());
}

fn with_status(user: &User, status: Status) -> ApiKeyFilter {
    let now = fixture::instant();
    let conditions = KeyConditions {
        status: Some((status, now)),
        ..KeyConditions::NONE
    };
    let own = filter(Some(user.id), Some(user.principal_id), "");
    fixture::with_conditions(&own, conditions)
}

/// Returns the total of a list, or why it was refused.
async fn total(store: &Store, filter: &ApiKeyFilter) -> Result<u64, TooBroad> {
    let window = Window {
        offset: 0,
        limit: 2,
    };
    let page = store.api_keys.list(filter, &Order::default(), window).await;
    match page {
        Err(PortError::TooBroad(too_broad)) => Err(too_broad),
        page => Ok(page.unwrap().total),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_that_would_read_too_much_are_refused() {
    for (_, store) in stores(SMALL).await {
        let alice = user(&store, "alice").await;
        let mut ids = Vec::new();
        for number in 0..8 {
            let name = format!("ci {number}");
            let key = key(&store, &alice, alice.principal_id, &name).await;
            ids.push(key.id);
        }
        let (active, disabled) = (
            with_status(&alice, Status::Active),
            with_status(&alice, Status::Disabled),
        );
        for (number, id) in ids[..3].iter().enumerate() {
            let number = number as u64;
            assert_eq!(total(&store, &active).await, Ok(8 - number));
            assert_eq!(total(&store, &disabled).await, Ok(number));
            disable(&store, *id).await;
        }
        // Of five keys pages show the first three, and a walk all.
        let beyond = Window {
            offset: 2,
            limit: 2,
        };
        let refused = store
            .api_keys
            .list(&active, &Order::default(), beyond)
            .await;
        let far = TooBroad::FarPage { reachable: 3 };
        assert!(matches!(refused, Err(PortError::TooBroad(found)) if found == far));
        let order = Order::default();
        let walk = store.api_keys.list_after(&active, &order, None, 10).await;
        assert_eq!(walk.unwrap().piece.items.len(), 5);
        disable(&store, ids[3]).await;
        let refusal = TooBroad::CommonConditions {
            names: 3,
            candidates: 3,
        };
        assert_eq!(total(&store, &active).await, Err(refusal));
        assert_eq!(total(&store, &disabled).await, Err(refusal));
        let noted = |text: &str| {
            let entries = [("team".to_owned(), text.to_owned())];
            let conditions = KeyConditions {
                noted: Some(Noted::parse(entries).unwrap()),
                ..active.conditions().clone()
            };
            fixture::with_conditions(&active, conditions)
        };
        // One condition that few keys meet is enough.
        assert_eq!(total(&store, &noted("search")).await, Ok(0));
        // The connection that refused reads on.
        let all = filter(Some(alice.id), None, "");
        assert_eq!(list(&store, &all).await.unwrap().total, 8);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_others_make_no_conditions_broader() {
    for (_, store) in stores(SMALL).await {
        let (alice, bob) = (user(&store, "alice").await, user(&store, "bob").await);
        for number in 0..5 {
            let name = format!("ci {number}");
            let own = key(&store, &alice, alice.principal_id, &name).await;
            let other = key(&store, &bob, bob.principal_id, &name).await;
            if number == 0 {
                disable(&store, own.id).await;
            }
            disable(&store, other.id).await;
        }
        assert_eq!(
            total(&store, &with_status(&alice, Status::Disabled)).await,
            Ok(1)
        );
        assert_eq!(
            total(&store, &with_status(&alice, Status::Active)).await,
            Ok(4)
        );
        let everybody = filter(None, None, "");
        let conditions = with_status(&alice, Status::Disabled).conditions().clone();
        let everybody = fixture::with_conditions(&everybody, conditions);
        assert!(total(&store, &everybody).await.is_err());
        store.close().await;
    }
}
