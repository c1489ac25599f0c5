//! Searches that ask the index of names: what they find does not depend on how far it is
//! filled, and they read within bounds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "name_index/full_names.rs"]
mod full_names;
#[path = "name_index/renamed.rs"]
mod renamed;
#[path = "name_index/setup.rs"]
mod setup;

use apikey_diesel::Store;
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    identity::{
        organization::{OrganizationChanges, OrganizationName},
        user::{UserChanges, Username},
        user_list::{UserFilter, UserOrder},
    },
    key::{api_key::ApiKey, creation::Creation},
    listing::{Order, Page, SearchBounds, SearchTerm, TooBroad, Window},
    testing::fixture,
};
use setup::{WHOLE, fill, filter, key, list, stores, user};

/// The index is asked as soon as there is a name, and only a few may be compared.
const NARROW: SearchBounds = SearchBounds {
    few: 0,
    names: 0,
    candidates: 30,
};

/// Names of keys, with some of what is hard to find in them.
const NAMES: [&str; 12] = [
    "production",
    "Production 2",
    "PRODUCE",
    "100% CI_1",
    r"back\slash_%",
    "Straße",
    "ΟΔΟΣ 7",
    "ﬁnal",
    "🦀🦀🦀 crab",
    "it's \"quoted\"",
    "aaaaaaaaaaaaaaaa",
    "ci",
];

/// What is searched for: all of it has three characters or more.
const TERMS: [&str; 16] = [
    "prod",
    "PRODUCTION",
    "duction 2",
    "0% CI_",
    r"k\s",
    "h_%",
    "STRASSE",
    "ραßε",
    "οδος",
    "final",
    "🦀🦀🦀",
    "\"quoted\"",
    "aaaa",
    "aab",
    "it's",
    "AND NOT",
];

/// Checks all ways to list what a filter finds against the keys that there are.
async fn assert_found(store: &Store, all: &[ApiKey], filter: &ApiKeyFilter) {
    let mut expected: Vec<&str> = all
        .iter()
        .filter(|key| filter.admits(key))
        .map(|key| key.name.as_str())
        .collect();
    let page = list(store, filter).await.unwrap();
    let names = |keys: &[ApiKey]| -> Vec<String> {
        keys.iter()
            .map(|key| key.name.as_str().to_owned())
            .collect()
    };
    assert_eq!(names(&page.items), expected, "{filter:?}");
    assert_eq!(page.total, expected.len() as u64, "{filter:?}");

    let first = Window {
        offset: 1,
        limit: 1,
    };
    let order = Order::parse("name").unwrap();
    let page = store.api_keys.list(filter, &order, first).await.unwrap();
    assert_eq!(page.total, expected.len() as u64, "{filter:?}");
    let after = store.api_keys.list_after(filter, &order, None, 100).await;
    let after = after.unwrap().piece.items;
    let second: Vec<_> = after.iter().skip(1).take(1).cloned().collect();
    assert_eq!(page.items, second, "{filter:?}");
    let snapshot = store.event_log.snapshot_after(filter, Creation::FIRST, 100);
    let mut snapshot = names(&snapshot.await.unwrap().keys);
    let mut listed = names(&after);
    for names in [&mut snapshot, &mut listed] {
        names.sort();
    }
    expected.sort_unstable();
    assert_eq!((&snapshot, &listed), (&listed, &snapshot), "{filter:?}");
    assert_eq!(listed, expected, "{filter:?}");
}

async fn delete(store: &Store, key: &ApiKey) {
    let anywhere = fixture::reach(None, None);
    let deleted = store
        .api_keys
        .delete(fixture::by_service(), key.id, anywhere);
    assert!(deleted.await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_does_not_depend_on_how_far_the_index_is_filled() {
    for (database, store) in stores(NARROW).await {
        let (alice, bob) = (user(&store, "alice").await, user(&store, "bob").await);
        let new = fixture::new_organization("acme");
        let acme = store
            .directory
            .create_organization(fixture::by_service(), new);
        let acme = acme.await.unwrap().id;
        let mut all = Vec::new();
        fill(&database, &store).await;
        for (number, name) in NAMES.into_iter().enumerate() {
            all.push(key(&store, &alice, alice.principal_id, name).await);
            all.push(key(&store, &bob, acme, name).await);
            if number % 5 == 0 {
                fill(&database, &store).await;
            }
            if number % 3 == 0 {
                let gone = all.remove(all.len() - 1);
                delete(&store, &gone).await;
            }
            for search in TERMS {
                for filter in [
                    filter(Some(alice.id), Some(alice.principal_id), search),
                    filter(Some(bob.id), None, search),
                    filter(None, Some(acme), search),
                    filter(None, None, search),
                ] {
                    assert_found(&store, &all, &filter).await;
                }
            }
        }
        store.close().await;
    }
}

/// As [`NARROW`], but so many names may be compared.
const SMALL: SearchBounds = SearchBounds {
    few: 0,
    names: 3,
    candidates: 2,
};

/// Returns why a search was refused, if it was.
fn too_broad(found: Result<Page<ApiKey>, PortError>) -> Option<TooBroad> {
    match found {
        Err(PortError::TooBroad(too_broad)) => Some(too_broad),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_would_read_too_much_is_refused() {
    for (database, store) in stores(SMALL).await {
        let alice = user(&store, "alice").await;
        let (own, first) = (Some(alice.principal_id), "ci 1");
        key(&store, &alice, alice.principal_id, first).await;
        fill(&database, &store).await;
        for name in ["ci 22", "ci 333"] {
            key(&store, &alice, alice.principal_id, name).await;
        }
        // Three may be compared, however many match.
        for (search, total) in [("c", 3), ("ci ", 3), ("333", 1), ("nothing", 0)] {
            let filter = filter(Some(alice.id), own, search);
            assert_eq!(
                list(&store, &filter).await.unwrap().total,
                total,
                "{search}"
            );
        }
        key(&store, &alice, alice.principal_id, "deploy").await;
        fill(&database, &store).await;
        let found = |search: &'static str| {
            let filter = filter(Some(alice.id), own, search);
            let store = &store;
            async move { list(store, &filter).await }
        };
        assert_eq!(
            too_broad(found("c").await),
            Some(TooBroad::ShortTerm { names: 3 })
        );
        let common = TooBroad::CommonTerm {
            names: 3,
            candidates: 2,
        };
        assert_eq!(too_broad(found("ci ").await), Some(common));
        assert_eq!(found("i 22").await.unwrap().total, 1);
        assert_eq!(found("dep").await.unwrap().total, 1);
        let short = filter(Some(alice.id), None, "ci");
        let order = Order::default();
        let batch = store.api_keys.list_after(&short, &order, None, 10).await;
        assert!(matches!(batch, Err(PortError::TooBroad(_))));
        let snapshot = store.event_log.snapshot_after(&short, Creation::FIRST, 10);
        assert!(matches!(snapshot.await, Err(PortError::TooBroad(_))));
        // The connection that refused it reads on.
        let all = filter(Some(alice.id), None, "");
        assert_eq!(list(&store, &all).await.unwrap().total, 4);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_call_their_keys_makes_no_search_broader() {
    for (database, store) in stores(SMALL).await {
        let (alice, bob) = (user(&store, "alice").await, user(&store, "bob").await);
        for name in ["prod 1", "prod 2", "x", "y"] {
            key(&store, &alice, alice.principal_id, name).await;
        }
        fill(&database, &store).await;
        for number in 0..20 {
            key(&store, &bob, bob.principal_id, &format!("prod {number:02}")).await;
            if number == 10 {
                fill(&database, &store).await;
            }
        }
        let of_alice = filter(Some(alice.id), None, "prod");
        assert_eq!(list(&store, &of_alice).await.unwrap().total, 2);
        fill(&database, &store).await;
        assert_eq!(list(&store, &of_alice).await.unwrap().total, 2);
        for user in [Some(bob.id), None] {
            let broad = too_broad(list(&store, &filter(user, None, "prod")).await);
            assert!(broad.is_some(), "{user:?}");
        }
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn until_it_is_filled_what_is_not_too_much_is_compared() {
    for (database, store) in stores(SMALL).await {
        let alice = user(&store, "alice").await;
        let of_alice = filter(Some(alice.id), None, "prod");
        for number in 0..3 {
            key(
                &store,
                &alice,
                alice.principal_id,
                &format!("prod {number}"),
            )
            .await;
        }
        assert_eq!(list(&store, &of_alice).await.unwrap().total, 3);
        key(&store, &alice, alice.principal_id, "other").await;
        let unfilled = list(&store, &filter(Some(alice.id), None, "other")).await;
        assert!(matches!(unfilled, Err(PortError::Unavailable(_))));
        fill(&database, &store).await;
        let filled = list(&store, &filter(Some(alice.id), None, "other")).await;
        assert_eq!(filled.unwrap().total, 1);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_and_organizations_are_found_by_their_present_names() {
    for (database, store) in stores(NARROW).await {
        let directory = &store.directory;
        let alice = user(&store, "alice").await;
        user(&store, "malice").await;
        let new = fixture::new_organization("acme");
        let acme = directory.create_organization(fixture::by_service(), new);
        let acme = acme.await.unwrap();
        fill(&database, &store).await;
        let users = |search: &'static str| async move {
            let term = SearchTerm::parse(search).unwrap();
            let (filter, order) = (UserFilter { search: term }, UserOrder::parse("created_at"));
            let page = directory.list_users(&filter, &order.unwrap(), WHOLE).await;
            let page = page.unwrap();
            let names = page
                .items
                .iter()
                .map(|user| user.username.as_str().to_owned());
            names.collect::<Vec<_>>()
        };
        assert_eq!(users("ALI").await, ["alice", "malice"]);
        let changes = UserChanges {
            username: Some(Username::parse("zoe of alabama").unwrap()),
            ..UserChanges::default()
        };
        let renamed = directory.update_user(fixture::by_service(), alice.id, changes);
        assert!(renamed.await.unwrap().is_some());
        let changes = OrganizationChanges {
            name: Some(OrganizationName::parse("Umbrella").unwrap()),
            ..Default::default()
        };
        let renamed = directory.update_organization(fixture::by_service(), acme.id, changes);
        assert!(renamed.await.unwrap().is_some());
        for _ in 0..2 {
            assert_eq!(users("ali").await, ["malice"]);
            assert_eq!(users("ZOE").await, ["zoe of alabama"]);
            let term = SearchTerm::parse("brell").unwrap();
            let page = directory
                .list_organizations(term.as_ref(), None, WHOLE)
                .await;
            assert_eq!(page.unwrap().total, 1);
            fill(&database, &store).await;
        }
        let gone = directory.delete_user(fixture::by_service(), alice.id).await;
        assert!(gone.unwrap());
        assert_eq!(users("zoe").await, Vec::<String>::new());
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_no_event_tells_are_put_into_the_index() {
    for (database, store) in stores(NARROW).await {
        let alice = user(&store, "alice").await;
        key(&store, &alice, alice.principal_id, "first").await;
        fill(&database, &store).await;
        key(&store, &alice, alice.principal_id, "second").await;
        // As after events were deleted that nobody had followed.
        let forget = "DELETE FROM events; UPDATE event_floor SET horizon = 9000000, number = 0";
        database.execute(&[forget.to_owned()]).await.unwrap();
        fill(&database, &store).await;
        for search in ["first", "second"] {
            let found = list(&store, &filter(Some(alice.id), None, search)).await;
            assert_eq!(found.unwrap().total, 1, "{search}");
        }
        store.close().await;
    }
}
