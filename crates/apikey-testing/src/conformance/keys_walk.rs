//! Walks through lists of keys that change meanwhile, and pages far from their start.

use super::{
    TestKeys,
    test_store::{ANYWHERE, WHOLE, after, described, filter, new_key},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    identifier::ApiKeyId,
    identity::user::User,
    key::{api_key::ApiKey, expiry::Expiry, place::Place},
    listing::{Order, Window},
    port::api_key_repository::KeyBatch,
    testing::fixture,
};
use futures_util::future::{join, join_all};

/// Every field in both directions, and some orders by several.
const ORDERS: [&str; 15] = [
    "created_at,-created_at",
    "-last_used_at,last_used_at",
    "name",
    "-name",
    "expires_at",
    "-expires_at",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "last_used_at",
    "-last_used_at",
    "expires_at,-name",
    "-created_at,updated_at",
    "-last_used_at,name",
];

/// Creates keys of which many have equal instants, and some have been used.
async fn create_keys(store: &TestKeys, user: &User, prefix: &str, count: i64) -> Vec<ApiKey> {
    let create = |number: i64| async move {
        let mut new = new_key(user, user.principal_id, &format!("{prefix}{number:04}"));
        new.created_at = after(number % 7);
        new.expires_at = match number % 5 {
            0 => Expiry::NEVER,
            seconds => Expiry::at(after(seconds)),
        };
        let by = fixture::by_service();
        store.api_keys.create(by, new).await.unwrap()
    };
    let keys = join_all((0..count).map(create)).await;
    for remainder in 1..4 {
        let chosen = keys
            .iter()
            .map(|key| key.id)
            .filter(|id| id.0 % 4 == remainder);
        let ids: Vec<_> = chosen.collect();
        let used = store.api_keys.record_uses(&ids, after(60 * remainder));
        used.await.unwrap();
    }
    keys
}

fn own(user: &User) -> ApiKeyFilter {
    filter(Some(user.id), Some(user.principal_id), "")
}

async fn delete(store: &TestKeys, id: ApiKeyId) {
    let by = fixture::by_service();
    store.api_keys.delete(by, id, ANYWHERE).await.unwrap();
}

/// Reads the next batch, all of it.
async fn batch(
    store: &TestKeys,
    filter: &ApiKeyFilter,
    order: &Order,
    place: Option<&Place>,
) -> (Vec<ApiKey>, Option<Place>) {
    let read = store.api_keys.list_after(filter, order, place, 7).await;
    let KeyBatch { piece, next } = read.unwrap();
    assert!(piece.rest.is_empty());
    (piece.items, next)
}

pub async fn a_walk_meets_every_lasting_key_once(store: &TestKeys) {
    let alice = store.user("alice").await;
    let lasting: Vec<_> = create_keys(store, &alice, "lasting", 40).await;
    let mut expected: Vec<_> = lasting.iter().map(|key| key.id).collect();
    expected.sort_unstable();
    for text in ORDERS {
        let order = Order::parse(text).unwrap();
        let passing = create_keys(store, &alice, "passing", 20).await;
        let mut passing = passing.iter().map(|key| key.id);
        let (mut met, mut place, mut round) = (Vec::new(), None, 0);
        loop {
            // One that moves in some orders, one that goes, one that comes.
            let changes = async {
                if let (Some(moved), Some(deleted)) = (passing.next(), passing.next()) {
                    let by = fixture::by_service_at(after(90 + round));
                    let changes = described(&format!("{text} {round}"));
                    let update = store.api_keys.update(by, moved, ANYWHERE, changes);
                    update.await.unwrap();
                    let ids = [moved];
                    let used = store.api_keys.record_uses(&ids, after(600));
                    used.await.unwrap();
                    delete(store, deleted).await;
                }
                let name = format!("between {text} {round}");
                store.own_key(&alice, &name).await.id
            };
            let own = own(&alice);
            let step = batch(store, &own, &order, place.as_ref());
            let (created, (keys, next)) = join(changes, step).await;
            met.extend(keys.iter().map(|key| key.id));
            // What is met last may be gone when the walk goes on.
            let last = keys.last().filter(|key| !expected.contains(&key.id));
            for id in last.map(|key| key.id).into_iter().chain([created]) {
                delete(store, id).await;
            }
            place = next;
            round += 1;
            if place.is_none() {
                break;
            }
            assert!(round < 40, "no end, {text}");
        }
        met.retain(|id| expected.contains(id));
        met.sort_unstable();
        assert_eq!(met, expected, "{text}");
        let left = store.keys(&own(&alice)).await;
        for key in left.iter().filter(|key| !expected.contains(&key.id)) {
            delete(store, key.id).await;
        }
    }
}

pub async fn a_walk_ends_with_the_last_key(store: &TestKeys) {
    let alice = store.user("alice").await;
    let (filter, order) = (own(&alice), Order::default());
    assert_eq!(batch(store, &filter, &order, None).await, (vec![], None));
    create_keys(store, &alice, "", 14).await;
    let (first, place) = batch(store, &filter, &order, None).await;
    assert_eq!(place, first.last().map(|key| Place::of(key, &order)));
    let (second, end) = batch(store, &filter, &order, place.as_ref()).await;
    assert_eq!((second.len(), end), (7, None));
    assert_eq!(store.api_keys.total(&filter).await.unwrap(), 14);
}

pub async fn a_far_page_shows_what_a_near_one_does(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    create_keys(store, &alice, "", 700).await;
    create_keys(store, &bob, "", 10).await;
    let own = own(&alice);
    for text in ORDERS {
        let order = Order::parse(text).unwrap();
        let (all, ..) = whole(store, &own, &order).await;
        assert_eq!(all.len(), 700);
        for (offset, limit) in [
            (1, 100),
            (349, 30),
            (500, 7),
            (640, 30),
            (690, 30),
            (699, 1),
            (700, 1),
            (100_000, 100),
            (i64::MAX, 1),
        ] {
            let window = Window { offset, limit };
            let page = store.api_keys.list(&own, &order, window).await.unwrap();
            let ids = page.items.iter().map(|key| key.id).chain(page.rest);
            let from = usize::try_from(offset).unwrap().min(700);
            let until = (from + limit as usize).min(700);
            let expected = &all[from..until];
            assert_eq!(ids.collect::<Vec<_>>(), expected, "{text} {window:?}");
            assert_eq!(page.total, 700, "{text} {window:?}");
        }
    }
}

async fn whole(store: &TestKeys, filter: &ApiKeyFilter, order: &Order) -> (Vec<ApiKeyId>, u64) {
    let page = store.api_keys.list(filter, order, WHOLE).await.unwrap();
    let ids = page.items.iter().map(|key| key.id).chain(page.rest);
    (ids.collect(), page.total)
}
