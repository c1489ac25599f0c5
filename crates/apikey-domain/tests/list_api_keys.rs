//! Listing keys.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    access::policy::{ApiKeyFilter, KeyReach},
    identity::user::User,
    key::api_key::{ApiKey, NewApiKey},
    listing::{Order, Window},
    testing::fixture,
    use_case::keys::list_api_keys::{AllApiKeys, list_api_keys},
};
use apikey_testing::TestApp;
use futures_executor::block_on;

const BATCH: usize = AllApiKeys::BATCH as usize;

async fn make_keys(world: &TestApp, user: &User, count: usize) {
    for number in 0..count {
        let name = format!("{number:05}");
        let new = NewApiKey {
            user_id: user.id,
            owner_principal_id: user.principal_id,
            ..fixture::new_api_key(&name, &name)
        };
        world
            .keys
            .api_keys
            .create(fixture::attribution(), new)
            .await
            .unwrap();
    }
}

fn of(user: &User) -> ApiKeyFilter {
    ApiKeyFilter {
        user_id: Some(user.id),
        owner_principal_id: None,
        search: None,
    }
}

fn names(keys: &[ApiKey]) -> Vec<&str> {
    keys.iter().map(|key| key.name.as_str()).collect()
}

#[test]
fn everything_is_shown_in_stretches_of_bounded_size() {
    block_on(async {
        for count in [0, 1, BATCH - 1, BATCH, BATCH + 1] {
            let world = TestApp::new();
            let alice = world.user("alice").await;
            make_keys(&world, &alice, count).await;
            let order = Order::parse("-name").unwrap();
            let mut all = AllApiKeys::new(&world.keys, of(&alice), order);
            let mut shown = Vec::new();
            loop {
                let batch = all.next().await.unwrap();
                assert!(batch.len() <= BATCH);
                if batch.is_empty() {
                    break;
                }
                shown.extend(batch);
            }
            assert_eq!(shown.len(), count);
            assert!(names(&shown).is_sorted_by(|one, next| one > next));
            assert!(all.next().await.unwrap().is_empty());
        }
    });
}

#[test]
fn what_comes_and_goes_meanwhile_disturbs_nothing_else() {
    block_on(async {
        let world = TestApp::new();
        let alice = world.user("alice").await;
        make_keys(&world, &alice, BATCH + 10).await;
        let order = Order::parse("name").unwrap();
        let mut all = AllApiKeys::new(&world.keys, of(&alice), order);
        let mut shown = all.next().await.unwrap();

        // The last one shown goes, with one shown before and one not yet shown.
        let anywhere = KeyReach {
            user_id: None,
            owner_principal_id: None,
        };
        let page = world
            .keys
            .api_keys
            .list_after(&of(&alice), &Order::default(), None, 1_000)
            .await
            .unwrap();
        for name in ["00000", "00099", "00105"] {
            let key = page.iter().find(|key| key.name.as_str() == name).unwrap();
            let deleted = world
                .keys
                .api_keys
                .delete(fixture::attribution(), key.id, anywhere)
                .await;
            assert!(deleted.unwrap().is_some());
        }
        let new = NewApiKey {
            user_id: alice.id,
            owner_principal_id: alice.principal_id,
            ..fixture::new_api_key("00099 and a half", "new")
        };
        world
            .keys
            .api_keys
            .create(fixture::attribution(), new)
            .await
            .unwrap();

        let rest = all.next().await.unwrap();
        assert_eq!(rest.len(), 10);
        assert_eq!(names(&rest)[..2], ["00099 and a half", "00100"]);
        assert!(!names(&rest).contains(&"00105"));
        shown.extend(rest);
        assert!(names(&shown).is_sorted_by(|one, next| one < next));
    });
}

#[test]
fn a_page_is_what_the_repository_lists() {
    block_on(async {
        let world = TestApp::new();
        let alice = world.user("alice").await;
        make_keys(&world, &alice, 5).await;
        let order = Order::parse("name").unwrap();
        let window = Window::page(2, 2).unwrap();
        let page = list_api_keys(&world.keys, &of(&alice), &order, window).await;
        let page = page.unwrap();
        assert_eq!(
            (names(&page.items), page.total),
            (vec!["00002", "00003"], 5)
        );
    });
}
