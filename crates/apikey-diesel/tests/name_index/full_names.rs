//! Searches in the full names of users, and orders of users.

use super::{
    NARROW,
    setup::{WHOLE, fill, stores, user},
};
use apikey_domain::{
    error::PortError,
    identifier::UserId,
    identity::{
        user::{FullName, UserChanges},
        user_list::{UserFilter, UserOrder},
    },
    listing::{SearchTerm, TooBroad},
    testing::fixture,
};

#[tokio::test(flavor = "multi_thread")]
async fn users_are_found_by_their_present_full_names() {
    for (database, store) in stores(NARROW).await {
        let directory = &store.directory;
        let call = |id: UserId, full_name: Option<&str>| {
            let full_name = full_name.map(|name| FullName::parse(name).unwrap());
            let changes = UserChanges {
                full_name: Some(full_name),
                ..UserChanges::default()
            };
            directory.update_user(fixture::by_service(), id, changes)
        };
        let found = |search: &'static str| async move {
            let search = SearchTerm::parse(search).unwrap();
            let (filter, order) = (UserFilter { search }, UserOrder::default());
            let page = directory.list_users(&filter, &order, WHOLE).await;
            page.unwrap().total
        };
        let alice = user(&store, "alice").await;
        user(&store, "lovelace").await;
        fill(&database, &store).await;
        call(alice.id, Some("Ada Lovelace")).await.unwrap();
        for _ in 0..2 {
            assert_eq!(found("LOVE").await, 2);
            assert_eq!(found("a love").await, 1);
            // A part of each name of a user is no part of one.
            assert_eq!(found("alice ada").await, 0);
            fill(&database, &store).await;
        }
        call(alice.id, Some("Grace Hopper")).await.unwrap();
        for _ in 0..2 {
            assert_eq!((found("love").await, found("hopp").await), (1, 1));
            fill(&database, &store).await;
        }
        call(alice.id, None).await.unwrap();
        for _ in 0..2 {
            assert_eq!(found("hopp").await, 0);
            fill(&database, &store).await;
        }
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn full_names_from_before_the_index_are_put_into_it() {
    for (database, store) in stores(NARROW).await {
        user(&store, "alice").await;
        fill(&database, &store).await;
        // As an earlier release wrote it, and then its event was deleted.
        let before = "UPDATE users SET full_name = 'Ada Lovelace', full_name_folded = NULL, \
             full_name_folded_as = NULL; UPDATE full_name_index SET horizon = NULL";
        database.execute(&[before.to_owned()]).await.unwrap();
        assert_eq!(store.names.renew(10, fixture::instant()).await.unwrap(), 1);
        assert_eq!(store.names.renew(10, fixture::instant()).await.unwrap(), 0);
        fill(&database, &store).await;
        let search = SearchTerm::parse("LOVE").unwrap();
        let (filter, order) = (UserFilter { search }, UserOrder::default());
        let page = store.directory.list_users(&filter, &order, WHOLE).await;
        assert_eq!(page.unwrap().total, 1);
        // It changes the name alone, and so does who takes it away.
        for (name, total) in [("'Grace Hopper'", 0), ("NULL", 0), ("'Lovelace'", 1)] {
            let change = format!("UPDATE users SET full_name = {name}");
            database.execute(&[change]).await.unwrap();
            assert_eq!(store.names.renew(10, fixture::instant()).await.unwrap(), 1);
            let page = store.directory.list_users(&filter, &order, WHOLE).await;
            assert_eq!(page.unwrap().total, total, "{name}");
        }
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_users_than_may_be_compared_are_sorted_by_one_field() {
    for (_, store) in stores(NARROW).await {
        user(&store, "alice").await;
        for (order, is_sorted) in [
            ("full_name", true),
            ("-is_admin,source", false),
            ("source,-is_admin", true),
            ("username,is_admin", true),
            ("is_admin,username", false),
        ] {
            let filter = UserFilter::ALL;
            let parsed = UserOrder::parse(order).unwrap();
            let listed = store.directory.list_users(&filter, &parsed, WHOLE).await;
            match listed {
                Ok(page) => assert!(is_sorted && page.total == 1, "{order}"),
                Err(error) => {
                    let refused = PortError::TooBroad(TooBroad::SeveralFields { names: 0 });
                    assert_eq!(error.to_string(), refused.to_string());
                    assert!(!is_sorted, "{order}");
                }
            }
        }
        store.close().await;
    }
}
