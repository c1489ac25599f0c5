//! The order of lists of keys, and listing in batches.

use super::{
    TestKeys,
    test_store::{ANYWHERE, WHOLE, after, described, everything, filter, names, new_key},
};
use apikey_domain::{
    identity::user::User,
    key::{api_key::ApiKey, expiry::Expiry, place::Place},
    listing::Order,
    testing::fixture,
    timestamp::Timestamp,
};

/// Keys of alice: name; then expiry, creation and last change in seconds after the
/// fixture's instant.
const KEYS: [(&str, Option<i64>, i64, i64); 8] = [
    ("delta", None, 10, 90),
    ("alpha", Some(100), 10, 40),
    ("Beta", Some(50), 30, 30),
    ("echo", None, 20, 90),
    ("beta", Some(100), 30, 60),
    ("10", None, 0, 0),
    ("9", Some(-5_000_000_000), -3_000_000_000, 70),
    ("älpha", Some(100), 10, 40),
];

async fn create_keys(store: &TestKeys) -> User {
    let alice = store.user("alice").await;
    for (name, expires_at, created_at, updated_at) in KEYS {
        let mut new = new_key(&alice, alice.principal_id, name);
        new.expires_at = expires_at.map_or(Expiry::NEVER, |seconds| Expiry::at(after(seconds)));
        new.created_at = after(created_at);
        let key = store
            .api_keys
            .create(fixture::by_service(), new)
            .await
            .unwrap();
        if updated_at > created_at {
            change(store, &key, after(updated_at)).await;
            // Differs from the order of the last changes.
            let ids = [key.id];
            let used = store.api_keys.record_uses(&ids, after(created_at));
            used.await.unwrap();
        }
    }
    alice
}

async fn change(store: &TestKeys, key: &ApiKey, now: Timestamp) {
    let changes = described("changed");
    let changed = store
        .api_keys
        .update(fixture::by_service_at(now), key.id, ANYWHERE, changes);
    assert_eq!(changed.await.unwrap().unwrap().updated_at, now);
}

pub async fn every_order_sorts_as_the_table_says(store: &TestKeys) {
    create_keys(store).await;
    let table = [
        ("name", "10 9 Beta alpha beta delta echo älpha"),
        ("-name", "älpha echo delta beta alpha Beta 9 10"),
        ("expires_at", "9 Beta alpha beta älpha delta echo 10"),
        ("-expires_at", "10 echo delta älpha beta alpha Beta 9"),
        ("created_at", "9 10 delta alpha älpha echo Beta beta"),
        ("-created_at", "beta Beta echo älpha alpha delta 10 9"),
        ("", "beta Beta echo älpha alpha delta 10 9"),
        ("updated_at", "10 Beta alpha älpha beta 9 delta echo"),
        ("-updated_at", "echo delta 9 beta älpha alpha Beta 10"),
        ("expires_at,name", "9 Beta alpha beta älpha 10 delta echo"),
        ("-expires_at,name", "10 delta echo alpha beta älpha Beta 9"),
        ("expires_at,-name", "9 Beta älpha beta alpha echo delta 10"),
        (
            "created_at,-updated_at",
            "9 10 delta älpha alpha echo beta Beta",
        ),
        (
            "created_at,-expires_at",
            "9 10 delta älpha alpha echo beta Beta",
        ),
        (
            "-updated_at,created_at,name",
            "delta echo 9 beta alpha älpha Beta 10",
        ),
    ];
    for (text, expected) in table {
        let order = Order::parse(text).unwrap();
        let page = store.api_keys.list(&everything(), &order, WHOLE).await;
        assert_eq!(names(&page.unwrap().items).join(" "), expected, "{text}");
    }
}

pub async fn names_sort_bytewise(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut sorted = vec![
        " a",
        "-",
        "10",
        "9",
        "A",
        "Z",
        "_",
        "a",
        "a b",
        "ab",
        "z",
        "~",
        "ß",
        "ä",
        "я",
        "€",
        "\u{ff5e}",
        "\u{1f980}",
    ];
    for name in sorted.iter().rev() {
        store.own_key(&alice, name).await;
    }
    let order = Order::parse("name").unwrap();
    let page = store.api_keys.list(&everything(), &order, WHOLE).await;
    sorted.sort_unstable();
    assert_eq!(names(&page.unwrap().items), sorted);
}

pub async fn batches_add_up_to_the_list_in_every_order(store: &TestKeys) {
    create_keys(store).await;
    for text in orders() {
        let order = Order::parse(&text).unwrap();
        let page = store.api_keys.list(&everything(), &order, WHOLE).await;
        let list = page.unwrap().items;
        assert_eq!(list.len(), KEYS.len());
        for limit in [1, 2, 3, 8, 9] {
            assert_eq!(
                list_in_batches(store, &order, limit).await,
                list,
                "{text} by {limit}"
            );
        }
    }
}

pub async fn a_batch_can_follow_a_deleted_key(store: &TestKeys) {
    create_keys(store).await;
    let order = Order::parse("-expires_at,name").unwrap();
    let page = store.api_keys.list(&everything(), &order, WHOLE).await;
    let list = page.unwrap().items;
    let previous = &list[2];
    store
        .api_keys
        .delete(fixture::by_service(), previous.id, ANYWHERE)
        .await
        .unwrap();
    let rest = store
        .api_keys
        .list_after(
            &everything(),
            &order,
            Some(&Place::of(previous, &order)),
            1_000,
        )
        .await;
    assert_eq!(rest.unwrap().piece.items, list[3..]);
}

pub async fn a_batch_has_what_the_filter_admits(store: &TestKeys) {
    let alice = create_keys(store).await;
    let bob = store.user("bob").await;
    let robot = store.system_user("robot").await;
    for (name, ..) in KEYS {
        store.own_key(&bob, name).await;
        store.own_key(&robot, name).await;
    }
    let hers = filter(Some(alice.id), Some(alice.principal_id), "ALPHA");
    let order = Order::parse("name").unwrap();
    let list_in_batches = store.api_keys.list_after(&hers, &order, None, 1_000);
    let keys = list_in_batches.await.unwrap().piece.items;
    assert_eq!(names(&keys), ["alpha"]);
    let place = Place::of(&keys[0], &order);
    let list_in_batches = store
        .api_keys
        .list_after(&hers, &order, Some(&place), 1_000);
    assert_eq!(list_in_batches.await.unwrap().piece.items, []);
}

async fn list_in_batches(store: &TestKeys, order: &Order, limit: u32) -> Vec<ApiKey> {
    let (mut keys, mut after): (Vec<ApiKey>, _) = (Vec::new(), None);
    loop {
        let batch = store
            .api_keys
            .list_after(&everything(), order, after.as_ref(), limit)
            .await
            .unwrap();
        assert!(batch.piece.items.len() <= limit as usize);
        keys.extend(batch.piece.items);
        after = batch.next;
        if after.is_none() {
            return keys;
        }
        let last = keys.last().map(|last| Place::of(last, order));
        assert_eq!(after, last, "{order:?}");
        assert!(keys.len() < KEYS.len(), "no end by {limit}");
    }
}

/// Returns every field, every pair of fields and some longer orders, in both
/// directions.
fn orders() -> Vec<String> {
    let fields = [
        "name",
        "expires_at",
        "created_at",
        "updated_at",
        "last_used_at",
    ];
    let directed: Vec<_> = fields
        .iter()
        .flat_map(|field| [(*field).to_owned(), format!("-{field}")])
        .collect();
    let mut orders = directed.clone();
    for first in &directed {
        let others = directed
            .iter()
            .filter(|second| second.trim_start_matches('-') != first.trim_start_matches('-'));
        orders.extend(others.map(|second| format!("{first},{second}")));
    }
    // A field that is repeated sorts once, and breaks ties in its last direction.
    orders.extend(directed.iter().map(|field| match field.strip_prefix('-') {
        Some(name) => format!("{field},{name}"),
        None => format!("{field},-{field}"),
    }));
    orders.push("-expires_at,created_at,-updated_at,name".to_owned());
    orders.push("updated_at,-created_at,expires_at,-name".to_owned());
    orders
}
