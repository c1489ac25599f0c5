//! Names that look alike, names of before the rules of today, and searching by case.

use super::{
    TestStore,
    test_store::{WHOLE, after, by_creation, filter, named, names, outcome},
};
use apikey_domain::{
    identity::user::{User, UserChanges, Username},
    listing::SearchTerm,
    testing::fixture,
};
use futures_util::future::join_all;

/// Names of which at most one can be given.
const ALIKE: [&str; 6] = ["admin", "Admin", "ADMIN", "ａdmin", "\u{430}dmin", "admın"];

async fn create(store: &TestStore, username: &str) -> String {
    let new = fixture::new_user(username);
    let created = store.directory.create_user(fixture::by_service(), new);
    outcome(&created.await)
}

async fn rename(store: &TestStore, user: &User, username: &str) -> String {
    let changes = UserChanges {
        username: Some(Username::stored(username).unwrap()),
        ..UserChanges::default()
    };
    let by = fixture::by_service_at(after(1));
    outcome(&store.directory.update_user(by, user.id, changes).await)
}

pub async fn a_username_that_looks_like_another_is_taken(store: &TestStore) {
    store.user("admin").await;
    let bob = store.user("bob").await;
    let blank = ["admin ", "\u{2003}admin", "ad\u{200b}min", "admin\u{3164}"];
    for like in ALIKE.into_iter().skip(1).chain(blank) {
        assert_eq!(
            create(store, like).await,
            "duplicate look of a username",
            "{like:?}"
        );
        assert_eq!(
            rename(store, &bob, like).await,
            "duplicate look of a username",
            "{like:?}"
        );
    }
    assert_eq!(create(store, "admin").await, "duplicate username");
    let page = store
        .directory
        .list_users(&named(None), &by_creation(), WHOLE)
        .await
        .unwrap();
    assert_eq!((page.total, &page.items[1]), (2, &bob));
}

pub async fn plain_letters_that_look_alike_are_told_apart(store: &TestStore) {
    for name in [
        "modern", "rnodern", "alice", "aIice", "a1ice", "bob-1", "bob_1",
    ] {
        assert_eq!(create(store, name).await, "done", "{name:?}");
    }
}

pub async fn a_user_of_before_keeps_their_name_and_its_look(store: &TestStore) {
    let old = store.user("вася ").await;
    assert_eq!(rename(store, &old, "вася ").await, "done");
    assert_eq!(create(store, "ВАСЯ").await, "duplicate look of a username");
    assert_eq!(rename(store, &old, "Вася").await, "done");
    assert_eq!(create(store, "вася").await, "duplicate look of a username");
    assert_eq!(rename(store, &old, "петя").await, "done");
    assert_eq!(create(store, "вася").await, "done");
    let deleted = store.directory.delete_user(fixture::by_service(), old.id);
    assert!(deleted.await.unwrap());
    assert_eq!(create(store, "ПЕТЯ").await, "done");
}

pub async fn a_username_is_found_composed_and_as_it_is_stored(store: &TestStore) {
    let (jose, old) = (
        store.user("jos\u{e9}").await,
        store.user("rene\u{301} ").await,
    );
    for (given, expected) in [
        ("jos\u{e9}", Some(&jose)),
        ("jose\u{301}", Some(&jose)),
        ("rene\u{301} ", Some(&old)),
        ("ren\u{e9} ", None),
        ("JOS\u{c9}", None),
    ] {
        let found = store.directory.user_credential(given).await.unwrap();
        let found = found.map(|stored| stored.user);
        assert_eq!(found.as_ref(), expected, "{given:?}");
    }
}

pub async fn a_search_folds_case(store: &TestStore) {
    let texts = [
        "οδος 1",
        "ΟΔΟΣ 2",
        "οδοσ 3",
        "Straße",
        "STRASSE 2",
        "İzmir",
        "ﬁn",
        "ci",
    ];
    let alice = store.user("alice").await;
    for (number, text) in texts.into_iter().enumerate() {
        store.own_key(&alice, text).await;
        store.user(text).await;
        let mut new = fixture::new_organization(&format!("org-{number}"));
        new.name = apikey_domain::identity::organization::OrganizationName::parse(text).unwrap();
        let created = store
            .directory
            .create_organization(fixture::by_service(), new);
        created.await.unwrap();
    }
    let greek = vec!["οδος 1", "ΟΔΟΣ 2", "οδοσ 3"];
    for (search, expected) in [
        ("ΟΔΟΣ", greek.clone()),
        ("οδος", greek.clone()),
        ("οδοσ", greek),
        ("STRASSE", vec!["Straße", "STRASSE 2"]),
        ("straße", vec!["Straße", "STRASSE 2"]),
        ("i\u{307}Z", vec!["İzmir"]),
        ("FIN", vec!["ﬁn"]),
        ("CI", vec!["ci"]),
        ("ß%", vec![]),
    ] {
        let keys = store.keys(&filter(None, None, search)).await;
        assert_eq!(names(&keys), expected, "keys, {search:?}");
        let term = SearchTerm::parse(search).unwrap();
        let page = store
            .directory
            .list_users(&named(term.as_ref()), &by_creation(), WHOLE)
            .await;
        let page = page.unwrap().items;
        let found: Vec<_> = page.iter().map(|user| user.username.as_str()).collect();
        assert_eq!(found, expected, "users, {search:?}");
        let directory = &store.directory;
        let page = directory
            .list_organizations(term.as_ref(), None, WHOLE)
            .await;
        let page = page.unwrap().items;
        let found: Vec<_> = page.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(found, expected, "organizations, {search:?}");
    }
}

pub async fn of_many_creations_of_like_usernames_one_wins(store: &TestStore) {
    one_creation_wins(&[store]).await;
}

/// Creates users with names that look alike, at once and through all of these nodes.
pub(super) async fn one_creation_wins(nodes: &[&TestStore]) {
    let creations = (0..2).flat_map(|_| ALIKE).enumerate();
    let creations = creations.map(|(number, name)| create(nodes[number % nodes.len()], name));
    let outcomes = join_all(creations).await;
    assert_one_done(&outcomes);
    let page = nodes[0]
        .directory
        .list_users(&named(None), &by_creation(), WHOLE)
        .await
        .unwrap();
    assert_eq!(page.total, 1);
}

pub async fn of_many_changes_to_like_usernames_one_wins(store: &TestStore) {
    one_change_wins(&[store]).await;
}

/// Renames users at once, and through all of these nodes, to names that look alike.
pub(super) async fn one_change_wins(nodes: &[&TestStore]) {
    let letters: Vec<String> = ('p'..).take(ALIKE.len()).map(String::from).collect();
    let users = join_all(letters.iter().map(|name| nodes[0].user(name))).await;
    let changes = users.iter().zip(ALIKE).enumerate();
    let changes = changes.map(|(number, (user, name))| {
        let node = nodes[number % nodes.len()];
        rename(node, user, name)
    });
    assert_one_done(&join_all(changes).await);
}

fn assert_one_done(outcomes: &[String]) {
    let done = outcomes.iter().filter(|text| *text == "done").count();
    let refused = outcomes.iter().filter(|text| text.starts_with("duplicate"));
    assert_eq!(
        (done, refused.count()),
        (1, outcomes.len() - 1),
        "{outcomes:?}"
    );
}
