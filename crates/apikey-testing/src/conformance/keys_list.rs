//! Filtering and paging lists of keys.

use super::{
    TestKeys,
    test_store::{UNKNOWN_IDS, everything, filter, names, new_key, of_user},
};
use apikey_domain::{
    identifier::{PrincipalId, UserId},
    identity::user::{UserChanges, Username},
    listing::{Order, Page, Window},
    testing::fixture,
};

pub async fn a_list_shows_what_the_filter_admits(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let (acme, umbrella) = (
        store.organization("acme").await,
        store.organization("umbrella").await,
    );
    store.key(&alice, alice.principal_id, "alice's").await;
    store.key(&alice, acme.id, "alice in acme").await;
    store.key(&bob, acme.id, "bob in acme").await;
    store.key(&bob, umbrella.id, "bob in umbrella").await;

    let (a, b) = (Some(alice.id), Some(bob.id));
    let both = vec!["alice in acme", "bob in acme"];
    let table = [
        (filter(a, None, ""), vec!["alice's", "alice in acme"]),
        (filter(b, None, ""), vec!["bob in acme", "bob in umbrella"]),
        (filter(None, Some(acme.id), ""), both.clone()),
        (filter(a, Some(acme.id), ""), vec!["alice in acme"]),
        (filter(a, Some(umbrella.id), ""), vec![]),
        (filter(None, None, "in acme"), both),
        (filter(b, Some(umbrella.id), "UMB"), vec!["bob in umbrella"]),
        (filter(b, Some(umbrella.id), "acme"), vec![]),
    ];
    for (filter, expected) in table {
        let keys = store.keys(&filter).await;
        assert_eq!(names(&keys), expected, "{filter:?}");
    }
    assert_eq!(store.keys(&everything()).await.len(), 4);
}

pub async fn a_search_ignores_case_and_has_no_wildcards(store: &TestKeys) {
    let alice = store.user("alice").await;
    for name in [
        "Grüne ÄPFEL",
        "100% CI",
        "100 CI",
        "snake_case",
        "snakeXcase",
        r"back\slash",
        r"back\%slash",
        "it's \"quoted\"",
        "ΣΊΣΥΦΟΣ",
        "ИВАН",
        "İstanbul",
        "🦀 crab",
        "[a-z]*",
    ] {
        store.own_key(&alice, name).await;
    }
    let keys = store.keys(&everything()).await;
    for search in [
        "äpfel",
        "ÄPFEL",
        "apfel",
        "%",
        "0%",
        "_",
        "e_c",
        r"\",
        r"\%",
        r"\_",
        r"k\s",
        "'",
        "\"",
        "σίσυφος",
        "ΊΣΥ",
        "иван",
        "i",
        "istanbul",
        "İ",
        "🦀",
        "*",
        "[a-z]",
        " ",
        "ci",
        "nothing",
    ] {
        let filter = filter(Some(alice.id), None, search);
        let mut admitted = keys.clone();
        admitted.retain(|key| filter.admits(key));
        assert_eq!(store.keys(&filter).await, admitted, "{search:?}");
    }
    let found = store.keys(&filter(None, None, "äpfel")).await;
    assert_eq!(names(&found), ["Grüne ÄPFEL"]);
    let found = store.keys(&filter(None, None, "%")).await;
    assert_eq!(names(&found), ["100% CI", r"back\%slash"]);
}

pub async fn keys_of_system_users_are_never_listed(store: &TestKeys) {
    let (robot, alice) = (store.system_user("robot").await, store.user("alice").await);
    let acme = store.organization("acme").await;
    store.key(&robot, acme.id, "ci").await;
    store.own_key(&robot, "own").await;
    let shown = store.key(&alice, acme.id, "ci").await;
    for filter in [
        everything(),
        of_user(&robot),
        filter(None, Some(acme.id), ""),
        filter(Some(robot.id), Some(robot.principal_id), ""),
        filter(None, None, "ci"),
    ] {
        for key in store.keys(&filter).await {
            assert_eq!(key, shown);
        }
    }
}

pub async fn a_list_for_an_unknown_owner_is_empty(store: &TestKeys) {
    let alice = store.user("alice").await;
    store.own_key(&alice, "ci").await;
    for number in UNKNOWN_IDS {
        let of_user = filter(Some(UserId(number)), None, "");
        assert_eq!(store.keys(&of_user).await, [], "user {number}");
        let of_owner = filter(None, Some(PrincipalId(number)), "");
        assert_eq!(store.keys(&of_owner).await, [], "principal {number}");
    }
}

pub async fn a_page_has_its_window_and_the_total(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    for name in ["a", "b", "c", "d", "e"] {
        store.own_key(&alice, name).await;
        store.own_key(&bob, name).await;
    }
    let order = Order::parse("name").unwrap();
    let table: [(i64, u32, &[&str]); 7] = [
        (0, 2, &["a", "b"]),
        (2, 2, &["c", "d"]),
        (4, 2, &["e"]),
        (0, 1_000, &["a", "b", "c", "d", "e"]),
        (5, 2, &[]),
        (1_000_000, 1, &[]),
        (i64::MAX, 1_000, &[]),
    ];
    for (offset, limit, expected) in table {
        let window = Window { offset, limit };
        let filter = of_user(&alice);
        let page = store.api_keys.list(&filter, &order, window).await;
        let Page { items, total, .. } = page.unwrap();
        assert_eq!((names(&items), total), (expected.to_vec(), 5), "{window:?}");
    }
}

pub async fn the_total_counts_what_the_search_finds(store: &TestKeys) {
    let alice = store.user("alice").await;
    for name in ["CI 1", "ci 2", "deploy"] {
        store.own_key(&alice, name).await;
    }
    let window = Window {
        offset: 0,
        limit: 1,
    };
    let filter = filter(None, None, "Ci");
    let page = store
        .api_keys
        .list(&filter, &Order::default(), window)
        .await;
    let page = page.unwrap();
    assert_eq!((page.items.len(), page.total), (1, 2));
}

pub async fn a_list_shows_a_renamed_users_new_name(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let changes = UserChanges {
        username: Some(Username::parse("alicia").unwrap()),
        ..UserChanges::default()
    };
    let now = key.created_at;
    let renamed = store
        .directory
        .update_user(fixture::by_service_at(now), alice.id, changes)
        .await;
    assert!(renamed.unwrap().is_some());
    let keys = store.keys(&of_user(&alice)).await;
    assert_eq!(keys[0].user_name, "alicia");
    let created = store.api_keys.create(
        fixture::by_service(),
        new_key(&alice, alice.principal_id, "2"),
    );
    assert_eq!(created.await.unwrap().user_name, "alicia");
}
