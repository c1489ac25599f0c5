//! Lists that do not fit one piece.

use super::{
    TestKeys, TestStore,
    test_store::{
        ANYWHERE, UNKNOWN_IDS, WHOLE, by_creation, described, everything, named, new_key,
    },
};
use apikey_domain::{
    change::{Position, event::EventFilter},
    gpustack::AllowedModelNames,
    identifier::ApiKeyId,
    identity::{
        organization::{Organization, Role},
        user::{FullName, User, Username},
    },
    key::{
        api_key::ApiKey, changes::ApiKeyChanges, creation::Creation, key_name::Description,
        place::Place,
    },
    listing::{Listed, Order, PIECE_BYTES, Piece, Window},
    testing::fixture,
};

/// Returns the largest description: 16 KiB.
fn long_description() -> Description {
    Description::parse("🦀".repeat(Description::LONGEST)).unwrap()
}

/// Creates keys of the largest size.
async fn large_keys(store: &TestKeys, user: &User, count: usize) -> Vec<ApiKey> {
    let mut keys = Vec::new();
    for number in 0..count {
        let mut new = new_key(user, user.principal_id, &format!("{number:03}"));
        new.description = Some(long_description());
        let models = vec!["m".repeat(255); AllowedModelNames::LONGEST / 255];
        new.allowed_model_names = AllowedModelNames::parse(Some(models)).unwrap();
        let created = store.api_keys.create(fixture::by_service(), new).await;
        keys.push(created.unwrap());
    }
    keys
}

/// Checks that a piece is no larger than it may be, and returns its entries.
fn checked<T: Listed>(items: Vec<T>) -> Vec<T> {
    let bytes: usize = items.iter().map(T::text_bytes).sum();
    assert!(items.len() == 1 || bytes <= PIECE_BYTES, "{bytes}");
    items
}

/// Returns all entries of a page or piece; `$read` reads the entries with `$ids`.
macro_rules! followed {
    ($first:expr, $ids:ident => $read:expr) => {{
        let first = $first;
        assert!(!first.rest.is_empty(), "it fits one piece");
        let mut all = checked(first.items);
        let mut $ids = first.rest;
        while !$ids.is_empty() {
            let piece = $read.await.unwrap();
            assert!(piece.rest.len() < $ids.len(), "no end");
            all.extend(checked(piece.items));
            $ids = piece.rest;
        }
        all
    }};
}

pub async fn a_large_page_of_keys_is_read_in_pieces(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut keys = large_keys(store, &alice, 5).await;
    keys.push(store.own_key(&alice, "small").await);
    let order = Order::parse("name").unwrap();
    let page = store.api_keys.list(&everything(), &order, WHOLE).await;
    let page = page.unwrap();
    assert_eq!(page.total, 6);
    assert_eq!(followed!(page, ids => store.api_keys.keys(&ids)), keys);

    let order = Order::parse("-name").unwrap();
    let (filter, last) = (everything(), Place::of(&keys[5], &order));
    let batch = store.api_keys.list_after(&filter, &order, Some(&last), 4);
    let batch = batch.await.unwrap().piece;
    keys.truncate(5);
    keys.reverse();
    keys.truncate(4);
    assert_eq!(followed!(batch, ids => store.api_keys.keys(&ids)), keys);
}

pub async fn many_small_keys_are_read_in_pieces(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut names = Vec::new();
    for number in 0..400 {
        names.push(format!("{number:03}"));
        store.own_key(&alice, &names[number]).await;
    }
    let order = Order::parse("name").unwrap();
    let page = store.api_keys.list(&everything(), &order, WHOLE).await;
    let page = page.unwrap();
    let read = followed!(page, ids => store.api_keys.keys(&ids));
    let read: Vec<_> = read.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(read, names);
}

pub async fn a_page_of_any_size_shows_whole_keys(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut keys = Vec::new();
    for (number, length) in [0, 1, 40, 41, 99, 100, 101, 163, 164, 400, 1_700]
        .into_iter()
        .enumerate()
    {
        for letter in ["d", "🦀"] {
            let name = format!("{number:02}{letter}{}", letter.repeat(length.min(200)));
            let mut new = new_key(&alice, alice.principal_id, &name);
            new.description = Some(Description::parse(letter.repeat(length)).unwrap());
            let models = vec![letter.to_owned(); length.min(400)];
            new.allowed_model_names = AllowedModelNames::parse(Some(models)).unwrap();
            let created = store.api_keys.create(fixture::by_service(), new).await;
            keys.push(created.unwrap());
        }
    }
    let order = Order::parse("name").unwrap();
    for limit in [1, 2, 4, 10, 22, 100, 163, 164, 1_000] {
        let mut shown = Vec::new();
        while shown.len() < keys.len() {
            let offset = i64::try_from(shown.len()).unwrap();
            let window = Window { offset, limit };
            let page = store.api_keys.list(&everything(), &order, window).await;
            let page = page.unwrap();
            assert_eq!(page.total, keys.len() as u64);
            assert!(!page.items.is_empty(), "no end by {limit}");
            shown.extend(checked(page.items));
        }
        assert_eq!(shown, keys, "by {limit}");
    }
}

pub async fn what_is_deleted_meanwhile_is_left_out_of_a_piece(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut keys = large_keys(store, &alice, 6).await;
    let order = Order::parse("name").unwrap();
    let page = store.api_keys.list(&everything(), &order, WHOLE).await;
    let page = page.unwrap();
    for place in [4, 2] {
        let key = keys.remove(place);
        let deleted = store
            .api_keys
            .delete(fixture::by_service(), key.id, ANYWHERE);
        assert!(deleted.await.unwrap().is_some());
    }
    assert_eq!(followed!(page, ids => store.api_keys.keys(&ids)), keys);
    let unknown = UNKNOWN_IDS.map(ApiKeyId);
    let none = store.api_keys.keys(&unknown).await.unwrap();
    let nothing = Piece {
        items: vec![],
        rest: vec![],
    };
    assert_eq!(none, nothing);
    assert_eq!(store.api_keys.keys(&[]).await.unwrap(), nothing);
}

pub async fn a_piece_is_cut_by_the_present_sizes(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(store.own_key(&alice, &number.to_string()).await.id);
    }
    assert_eq!(store.api_keys.keys(&ids).await.unwrap().rest, []);
    for id in &ids {
        let changes = ApiKeyChanges {
            description: Some(Some(long_description())),
            ..described("")
        };
        let by = fixture::by_service();
        let updated = store.api_keys.update(by, *id, ANYWHERE, changes).await;
        assert!(updated.unwrap().is_some());
    }
    let piece = store.api_keys.keys(&ids).await.unwrap();
    assert_eq!(checked(piece.items).len() + piece.rest.len(), 20);
    assert!(piece.rest.len() > 15);
}

pub async fn a_snapshot_is_read_in_pieces(store: &TestStore) {
    let alice = store.user("alice").await;
    let keys = large_keys(store, &alice, 5).await;
    let (filter, mut read) = (everything(), Vec::<ApiKey>::new());
    loop {
        let after = read.last().map_or(Creation::FIRST, Creation::of);
        let piece = store.event_log.snapshot_after(&filter, after, 100);
        let piece = piece.await.unwrap();
        assert!(!piece.keys.is_empty() || !piece.has_more);
        read.extend(checked(piece.keys));
        if !piece.has_more {
            break;
        }
    }
    assert_eq!(read, keys);
}

pub async fn a_large_page_of_users_is_read_in_pieces(store: &TestKeys) {
    let acme = store.organization("acme").await;
    let mut users = Vec::new();
    for number in 0..60 {
        let name = format!("{number:03}{}", "🦀".repeat(252));
        let user = store
            .user_who("x", |new| {
                new.username = Username::parse(name).unwrap();
                new.full_name = Some(FullName::parse("🦀".repeat(255)).unwrap());
            })
            .await;
        store.join(&acme, &user, Role::User).await;
        users.push(user);
    }
    let directory = &store.directory;
    let page = directory
        .list_users(&named(None), &by_creation(), WHOLE)
        .await
        .unwrap();
    assert_eq!(followed!(page, ids => directory.users(&ids)), users);

    let page = directory.list_members(acme.id, WHOLE).await.unwrap();
    assert_eq!(page.total, 60);
    let removed = directory.remove_member(fixture::by_service(), acme.id, users[58].id);
    assert!(removed.await.unwrap());
    users.remove(58);
    let members = followed!(page, ids => directory.members(acme.id, &ids));
    let members: Vec<_> = members.iter().map(|member| member.user_id).collect();
    let expected: Vec<_> = users.iter().map(|user| user.id).collect();
    assert_eq!(members, expected);
    // Users of other organizations are not its members.
    let other = store.organization("other").await;
    let none = directory.members(other.id, &expected).await.unwrap();
    assert_eq!((none.items, none.rest), (vec![], vec![]));
}

pub async fn a_large_page_of_organizations_is_read_in_pieces(store: &TestKeys) {
    let mut organizations: Vec<Organization> = Vec::new();
    for number in 0..9 {
        let mut new = fixture::new_organization(&format!("o{number}"));
        new.description = Some(long_description());
        let created = store
            .directory
            .create_organization(fixture::by_service(), new);
        organizations.push(created.await.unwrap());
    }
    let page = store.directory.list_organizations(None, None, WHOLE).await;
    let page = page.unwrap();
    assert_eq!(
        followed!(page, ids => store.directory.organizations(&ids)),
        organizations
    );
}

pub async fn a_large_page_of_events_ends_early_and_says_so(store: &TestStore) {
    let alice = store.user("alice").await;
    let keys = large_keys(store, &alice, 4).await;
    store.all_events(5).await;
    let (mut next, mut read, mut pages) = (Position::START, Vec::new(), 0);
    loop {
        let all = EventFilter::default();
        let page = store.event_log.list_events(&all, next, 1_000).await;
        let page = page.unwrap();
        assert_eq!(page.examined as usize, page.events.len());
        assert!(page.next > next && !page.misses_some(next));
        next = page.next;
        let ids = page
            .events
            .iter()
            .filter_map(|event| event.change.api_key_id());
        let ids: Vec<_> = ids.collect();
        assert!(ids.len() <= 3, "{ids:?}");
        read.extend(ids);
        pages += 1;
        if !page.has_more {
            break;
        }
    }
    assert!(pages > 1);
    let expected: Vec<_> = keys.iter().map(|key| key.id).collect();
    assert_eq!(read, expected);
    let filter = everything();
    let first = store
        .event_log
        .list_key_events(&filter, Position::START, 1_000);
    let first = first.await.unwrap();
    assert!(first.has_more && first.events.len() < 4);
}
