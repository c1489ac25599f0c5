//! Listing keys.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    access::policy::{ApiKeyFilter, KeySelection},
    identity::user::User,
    key::api_key::{ApiKey, NewApiKey},
    listing::{Order, Window},
    testing::fixture,
    use_case::keys::list_api_keys::{AllApiKeys, list_api_keys},
};
use apikey_testing::{TestApp, test_app::in_own_principal};
use futures_executor::block_on;

const BATCH: usize = AllApiKeys::BATCH as usize;

async fn create_keys(app: &TestApp, user: &User, count: usize) {
    for number in 0..count {
        let name = format!("{number:05}");
        let new = NewApiKey {
            user_id: user.id,
            owner_principal_id: user.principal_id,
            ..fixture::new_api_key(&name, &name)
        };
        app.keys
            .api_keys
            .create(fixture::by_service(), new)
            .await
            .unwrap();
    }
}

fn of(user: &User) -> ApiKeyFilter {
    fixture::filter(Some(user.id), None, None)
}

fn names(keys: &[ApiKey]) -> Vec<&str> {
    keys.iter().map(|key| key.name.as_str()).collect()
}

#[test]
fn every_key_is_listed_in_batches_of_bounded_size() {
    block_on(async {
        for count in [0, 1, BATCH - 1, BATCH, BATCH + 1] {
            let app = TestApp::new();
            let alice = app.user("alice").await;
            create_keys(&app, &alice, count).await;
            let order = Order::parse("-name").unwrap();
            let context = in_own_principal(&alice);
            let mut all = AllApiKeys::new(&context, &app.keys, &KeySelection::OWN, order).unwrap();
            let mut listed = Vec::new();
            loop {
                let batch = all.next().await.unwrap();
                assert!(batch.len() <= BATCH);
                if batch.is_empty() {
                    break;
                }
                listed.extend(batch);
            }
            assert_eq!(listed.len(), count);
            assert!(names(&listed).is_sorted_by(|one, next| one > next));
            assert!(all.next().await.unwrap().is_empty());
        }
    });
}

#[test]
fn concurrent_creations_and_deletions_do_not_affect_other_keys() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        create_keys(&app, &alice, BATCH + 10).await;
        let order = Order::parse("name").unwrap();
        let context = in_own_principal(&alice);
        let mut all = AllApiKeys::new(&context, &app.keys, &KeySelection::OWN, order).unwrap();
        let mut listed = all.next().await.unwrap();

        // Deletes the last key listed, one before it, and one not yet listed.
        let anywhere = fixture::reach(None, None);
        let page = app
            .keys
            .api_keys
            .list_after(&of(&alice), &Order::default(), None, 1_000)
            .await
            .unwrap()
            .piece
            .items;
        for name in ["00000", "00099", "00105"] {
            let key = page.iter().find(|key| key.name.as_str() == name).unwrap();
            let deleted = app
                .keys
                .api_keys
                .delete(fixture::by_service(), key.id, anywhere.clone())
                .await;
            assert!(deleted.unwrap().is_some());
        }
        let new = NewApiKey {
            user_id: alice.id,
            owner_principal_id: alice.principal_id,
            ..fixture::new_api_key("00099 and a half", "new")
        };
        app.keys
            .api_keys
            .create(fixture::by_service(), new)
            .await
            .unwrap();

        let rest = all.next().await.unwrap();
        assert_eq!(rest.len(), 10);
        assert_eq!(names(&rest)[..2], ["00099 and a half", "00100"]);
        assert!(!names(&rest).contains(&"00105"));
        listed.extend(rest);
        assert!(names(&listed).is_sorted_by(|one, next| one < next));
    });
}

#[test]
fn a_page_is_what_the_repository_lists() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        create_keys(&app, &alice, 5).await;
        let order = Order::parse("name").unwrap();
        let window = Window::page(2, 2).unwrap();
        let page = list_api_keys(
            &in_own_principal(&alice),
            &app.keys,
            &KeySelection::OWN,
            &order,
            window,
        )
        .await;
        let page = page.unwrap();
        assert_eq!(page.total(), 5);
        let items = page.collect().await.unwrap();
        assert_eq!(names(&items), ["00002", "00003"]);
    });
}
