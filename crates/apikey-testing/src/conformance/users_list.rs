//! Orders of users, searches in their full names, and walks through those that change
//! meanwhile.

use super::{
    TestStore,
    test_store::{WHOLE, after, by_creation, named},
};
use apikey_domain::{
    identifier::UserId,
    identity::{
        user::{FullName, User, UserChanges},
        user_list::{UserBatch, UserFilter, UserOrder, UserPlace},
    },
    listing::{SearchTerm, Window},
    testing::fixture,
};
use futures_util::future::join;

/// Every field in both directions, and some orders by several.
const ORDERS: [&str; 20] = [
    "",
    "username",
    "-username",
    "is_admin",
    "-is_admin",
    "full_name",
    "-full_name",
    "source",
    "-source",
    "is_active",
    "-is_active",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "is_admin,is_active",
    "is_admin,-full_name",
    "-full_name,source,updated_at",
    "source,-username,created_at",
    "-created_at,created_at",
];

fn full_name(text: &str) -> Option<FullName> {
    Some(FullName::parse(text).unwrap())
}

/// Creates users of whom many have the same names, rights and instants.
async fn create_users(store: &TestStore, prefix: &str, count: i64) -> Vec<User> {
    let names = ["Zoe", "", "adam", "\u{e9}mile", "Ada", "\u{10ffff}"];
    let mut users = Vec::new();
    for number in 0..count {
        let username = format!("{prefix}{number:03}");
        let create = store.user_who(&username, |new| {
            new.is_admin = number % 3 == 0;
            new.is_active = number % 4 != 0;
            let name = usize::try_from(number)
                .ok()
                .and_then(|index| names.get(index % 9));
            new.full_name = name.and_then(|name| full_name(name));
            new.created_at = after(number % 5);
        });
        users.push(create.await);
    }
    users
}

async fn change(store: &TestStore, id: UserId, at: i64, changes: UserChanges) -> User {
    let by = fixture::by_service_at(after(at));
    let updated = store.directory.update_user(by, id, changes).await;
    updated.unwrap().unwrap()
}

/// Reads the next batch, all of it.
async fn batch(
    store: &TestStore,
    order: &UserOrder,
    place: Option<&UserPlace>,
) -> (Vec<User>, Option<UserPlace>) {
    let directory = &store.directory;
    let read = directory.list_users_after(&UserFilter::ALL, order, place, 7);
    let UserBatch { piece, next } = read.await.unwrap();
    assert!(piece.rest.is_empty());
    (piece.items, next)
}

pub async fn users_are_listed_in_every_order(store: &TestStore) {
    let mut users = create_users(store, "user", 30).await;
    for index in (0..users.len()).step_by(4) {
        let named = UserChanges {
            full_name: Some(full_name("Eve")),
            ..UserChanges::default()
        };
        let id = users.get(index).unwrap().id;
        let changed = change(store, id, 60 + id.0 % 3, named).await;
        *users.get_mut(index).unwrap() = changed;
    }
    for text in ORDERS {
        let order = UserOrder::parse(text).unwrap();
        users.sort_by(|one, other| {
            let [one, other] = [one, other].map(|user| UserPlace::of(user, &order));
            one.compare(&other, &order)
        });
        let directory = &store.directory;
        for offset in [0_usize, 11, 29, 30] {
            let window = Window {
                offset: i64::try_from(offset).unwrap(),
                limit: 10,
            };
            let page = directory.list_users(&UserFilter::ALL, &order, window).await;
            let page = page.unwrap();
            let expected: Vec<_> = users.iter().skip(offset).take(10).cloned().collect();
            assert_eq!(
                (page.items, page.total),
                (expected, 30),
                "{text:?} {offset}"
            );
        }
        let (mut met, mut place) = (Vec::new(), None);
        loop {
            let (items, next) = batch(store, &order, place.as_ref()).await;
            met.extend(items);
            place = next;
            if place.is_none() {
                break;
            }
        }
        assert_eq!(met, users, "{text:?}");
    }
}

pub async fn a_search_of_users_finds_full_names(store: &TestStore) {
    let mut users = create_users(store, "user", 12).await;
    let other = UserChanges {
        full_name: Some(full_name("Stra\u{df}e \\ 100%_")),
        ..UserChanges::default()
    };
    let none = UserChanges {
        full_name: Some(None),
        ..UserChanges::default()
    };
    for (user, changes) in users.iter_mut().zip([other, none]) {
        *user = change(store, user.id, 1, changes).await;
    }
    for text in [
        "STRASSE", "\\", "%", "_", "ZOE", "\u{c9}M", "ada", "user00", "zoe0", "nobody",
    ] {
        let term = SearchTerm::parse(text).unwrap();
        let filter = named(term.as_ref());
        let mut expected = users.clone();
        expected.retain(|user| filter.admits(user));
        let (directory, order) = (&store.directory, by_creation());
        expected.sort_by_key(|user| (user.created_at, user.id));
        let page = directory.list_users(&filter, &order, WHOLE).await.unwrap();
        assert_eq!(page.total, expected.len() as u64, "{text:?}");
        assert_eq!(page.items, expected, "{text:?}");
        let batch = directory.list_users_after(&filter, &order, None, 100).await;
        assert_eq!(batch.unwrap().piece.items, expected, "{text:?}");
    }
}

pub async fn a_walk_meets_every_lasting_user_once(store: &TestStore) {
    let lasting = create_users(store, "lasting", 30).await;
    let mut expected: Vec<_> = lasting.iter().map(|user| user.id).collect();
    expected.sort_unstable();
    for (number, text) in ORDERS.iter().enumerate() {
        let order = UserOrder::parse(text).unwrap();
        let passing = create_users(store, &format!("passing{number:02}-"), 8).await;
        let mut passing = passing.iter().map(|user| user.id);
        let (mut met, mut place, mut round) = (Vec::new(), None, 0);
        loop {
            // One that moves in some orders, one that goes, one that comes.
            let changes = async {
                if let (Some(moved), Some(deleted)) = (passing.next(), passing.next()) {
                    let elsewhere = UserChanges {
                        full_name: Some(full_name(&format!("M{round}"))),
                        is_active: Some(round % 2 == 0),
                        ..UserChanges::default()
                    };
                    change(store, moved, 90 + round, elsewhere).await;
                    let by = fixture::by_service();
                    assert!(store.directory.delete_user(by, deleted).await.unwrap());
                }
                store.user(&format!("between{number:02}-{round}")).await
            };
            let (_, (users, next)) = join(changes, batch(store, &order, place.as_ref())).await;
            met.extend(users.iter().map(|user| user.id));
            round += 1;
            place = next;
            if place.is_none() {
                break;
            }
        }
        met.retain(|id| expected.contains(id));
        met.sort_unstable();
        assert_eq!(met, expected, "{text:?}");
    }
}

pub async fn a_walk_goes_on_behind_a_user_who_is_gone(store: &TestStore) {
    let users = create_users(store, "user", 20).await;
    store.admin("another admin").await;
    let order = UserOrder::parse("is_active").unwrap();
    let (first, next) = batch(store, &order, None).await;
    let last = first.last().unwrap();
    let by = fixture::by_service();
    assert!(store.directory.delete_user(by, last.id).await.unwrap());
    let (second, _) = batch(store, &order, next.as_ref()).await;
    let mut expected: Vec<_> = users.iter().collect();
    expected.sort_by_key(|user| (user.is_active, user.id));
    let inactive_then_active = expected.into_iter().skip(7).take(6).map(|user| user.id);
    let met: Vec<_> = second.iter().take(6).map(|user| user.id).collect();
    assert_eq!(met, inactive_then_active.collect::<Vec<_>>());
}
