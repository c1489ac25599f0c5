//! Names that an earlier release stored, and goes on storing beside this one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "model/plan.rs"]
mod plan;

use apikey_diesel::{
    DatabaseUrl, Named, Store,
    testing::{TestDatabase, sqlite_connection},
};
use apikey_domain::{
    error::PortError,
    identity::{
        user::User,
        user_list::{UserFilter, UserOrder},
    },
    listing::{Order, SearchTerm, Window},
    name::Likeness,
    testing::fixture,
};
use diesel::connection::SimpleConnection;
use plan::{client, plan};

const WHOLE: Window = Window {
    offset: 0,
    limit: 1_000,
};

/// Runs statements as an earlier release would, or an operator.
async fn run(database: &TestDatabase, statements: &str) {
    match &database.url {
        DatabaseUrl::Sqlite(path) => {
            let mut connection = sqlite_connection(path).unwrap();
            connection.batch_execute(statements).unwrap();
        }
        DatabaseUrl::Postgres(_) => {
            let client = client(database).await;
            client.batch_execute(statements).await.unwrap();
        }
    }
}

/// Stores users, an organization and keys as an earlier release did: in lower case,
/// letter by letter.
async fn store_of_before(database: &TestDatabase) {
    let mut statements = String::new();
    for (id, name, folded) in [
        (1, "вася ", "вася "),
        (2, "Admin", "admin"),
        (3, "admin", "admin"),
        (4, "οδος", "οδος"),
        (5, "straße", "straße"),
    ] {
        let row = "INSERT INTO principals (id, kind) {OVERRIDING} VALUES ({id}, 'user');
             INSERT INTO users (id, principal_id, username, username_folded, password_hash,
                 is_admin, is_active, is_system, created_at, updated_at) {OVERRIDING}
             VALUES ({id}, {id}, '{name}', '{folded}', 'plain:x', {FALSE}, {TRUE}, {FALSE}, 0, 0);
             INSERT INTO api_keys (id, name, name_folded, user_id, owner_principal_id, access_key,
                 secret_digest, scope, is_custom, expires_at, created_at, updated_at) {OVERRIDING}
             VALUES ({id}, '{name}', '{folded}', {id}, {id}, 'k{id}', '{DIGEST}', '', {FALSE},
                 9223372036854775807, 0, 0);
             ";
        let row = row.replace("{id}", &id.to_string());
        statements += &row.replace("{name}", name).replace("{folded}", folded);
    }
    statements += "INSERT INTO principals (id, kind) {OVERRIDING} VALUES (9, 'organization');
         INSERT INTO organizations (principal_id, name, name_folded, slug, created_at, updated_at)
         VALUES (9, 'Straße', 'straße', 'x', 0, 0);";
    let is_sqlite = matches!(database.url, DatabaseUrl::Sqlite(_));
    let (overriding, no, yes) = match is_sqlite {
        true => ("", "0", "1"),
        false => ("OVERRIDING SYSTEM VALUE", "FALSE", "TRUE"),
    };
    let digest = fixture::new_api_key("ci", "k").secret_digest.to_text();
    let statements = statements
        .replace("{OVERRIDING}", overriding)
        .replace("{FALSE}", no)
        .replace("{TRUE}", yes)
        .replace("{DIGEST}", &digest);
    run(database, &statements).await;
    if !is_sqlite {
        run(
            database,
            "SELECT setval(pg_get_serial_sequence('principals', 'id'), 100);
             SELECT setval(pg_get_serial_sequence('users', 'id'), 100)",
        )
        .await;
    }
}

async fn create(store: &Store, username: &str) -> Result<User, PortError> {
    let new = fixture::new_user(username);
    store
        .directory
        .create_user(fixture::by_service(), new)
        .await
}

async fn is_refused(store: &Store, username: &str) -> bool {
    matches!(create(store, username).await, Err(PortError::Duplicate(_)))
}

/// Returns how many users, organizations and keys are found.
async fn found(store: &Store, search: &str) -> [u64; 3] {
    let term = SearchTerm::parse(search).unwrap();
    let users = UserFilter {
        search: term.clone(),
    };
    let order = UserOrder::default();
    let users = store.directory.list_users(&users, &order, WHOLE).await;
    let directory = &store.directory;
    let organizations = directory
        .list_organizations(term.as_ref(), None, WHOLE)
        .await;
    let filter = fixture::filter(None, None, term);
    let keys = store.api_keys.list(&filter, &Order::default(), WHOLE).await;
    [
        users.unwrap().total,
        organizations.unwrap().total,
        keys.unwrap().total,
    ]
}

async fn renew_all(store: &Store) -> u64 {
    let mut renewed = 0;
    loop {
        match store.names.renew(4, fixture::instant()).await.unwrap() {
            0 => return renewed,
            count => {
                assert!(count <= 4);
                renewed += count;
            }
        }
    }
}

async fn both() -> [TestDatabase; 2] {
    [TestDatabase::sqlite().await, TestDatabase::postgres().await].map(Result::unwrap)
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_before_work_count_and_are_found_once_they_are_renewed() {
    for database in both().await {
        store_of_before(&database).await;
        let store = database.open().await.unwrap();
        // Nothing is renewed yet.
        let old = store.directory.user_credential("вася ").await.unwrap();
        assert_eq!(old.unwrap().user.username.as_str(), "вася ");
        for like in ["ВАСЯ", "ADMIN", "\u{430}dmin", "ΟΔΟΣ", "STRASSE"] {
            assert!(is_refused(&store, like).await, "{like}");
        }
        assert_eq!(found(&store, "STRAßE").await, [1, 1, 1]);
        assert_eq!(found(&store, "ΟΔΟΣ").await, [0, 0, 0]);

        assert_eq!(renew_all(&store).await, 11);
        for like in ["ВАСЯ", "ADMIN", "\u{430}dmin", "ΟΔΟΣ", "STRASSE"] {
            assert!(is_refused(&store, like).await, "{like}");
        }
        assert_eq!(found(&store, "ΟΔΟΣ").await, [1, 0, 1]);
        assert_eq!(found(&store, "STRASSE").await, [1, 1, 1]);
        assert_eq!(found(&store, "straße").await, [1, 1, 1]);
        create(&store, "петя").await.unwrap();
        assert_eq!(renew_all(&store).await, 0);

        let names = store.names.names_after(Named::User, 1, 2).await.unwrap();
        let names: Vec<_> = names
            .iter()
            .map(|one| (one.id, one.name.as_str()))
            .collect();
        assert_eq!(names, [(2, "Admin"), (3, "admin")]);
        let like = [Likeness::of("\u{430}dmin")];
        let like = store.names.perhaps_like(&like).await.unwrap();
        assert_eq!(like.iter().map(|one| one.id).collect::<Vec<_>>(), [2, 3]);
    }
}

/// A node of the earlier release renames, and writes the old form again.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_release_writes_beside_this_one_is_renewed_again() {
    for database in both().await {
        store_of_before(&database).await;
        let store = database.open().await.unwrap();
        renew_all(&store).await;
        for (change, renewed, like) in [
            (
                "UPDATE users SET username = 'петя', username_folded = 'петя' WHERE id = 1",
                1,
                "ПЕТЯ",
            ),
            (
                "UPDATE users SET username = 'ADMIN', username_folded = 'admin' WHERE id = 3",
                1,
                "admın",
            ),
            (
                "UPDATE users SET username_folded = 'straße' WHERE id = 5",
                1,
                "STRASSE",
            ),
            (
                "UPDATE users SET username_folded = 'admin' WHERE id = 3",
                0,
                "admın",
            ),
        ] {
            run(&database, change).await;
            assert!(is_refused(&store, like).await, "{change}");
            assert_eq!(renew_all(&store).await, renewed, "{change}");
            assert!(is_refused(&store, like).await, "{change}");
        }
        assert!(create(&store, "вася").await.is_ok());
        // A later release has folded this row by rules of its own.
        let later = "UPDATE users SET fold_version = 7, username_folded = 'x', \
                     folded_as = 'straße:x' WHERE id = 5";
        run(&database, later).await;
        assert_eq!(renew_all(&store).await, 0);
    }
}

/// What others hold is left for later, and nobody waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_held_is_renewed_later() {
    let database = TestDatabase::postgres().await.unwrap();
    store_of_before(&database).await;
    let store = database.open().await.unwrap();
    let holder = client(&database).await;
    let hold = "BEGIN; SELECT 1 FROM users WHERE id = 2 FOR SHARE";
    holder.batch_execute(hold).await.unwrap();
    assert_eq!(renew_all(&store).await, 10);
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(renew_all(&store).await, 1);
}

#[tokio::test]
async fn rows_to_renew_and_likenesses_are_found_by_their_indexes() {
    let rest = "AND id > 0 ORDER BY id LIMIT 20";
    for database in both().await {
        for (query, indexes) in [
            (
                format!(
                    "SELECT id, username AS name FROM present_users WHERE (fold_version < 1 OR folded_as \
                     IS DISTINCT FROM username || ':' || username_folded) {rest}"
                ),
                vec!["users_to_fold"],
            ),
            (
                format!(
                    "SELECT id, name FROM api_keys WHERE (fold_version < 1 OR folded_as \
                     IS DISTINCT FROM name || ':' || name_folded) {rest}"
                ),
                vec!["api_keys_to_fold"],
            ),
            (
                "SELECT id, username FROM present_users WHERE likeness_as_written IN (1, 2, 3) \
                 OR likeness_folded IN (1, 2, 3) OR likeness_in_capitals IN (1, 2, 3) ORDER BY id"
                    .to_owned(),
                vec![
                    "users_likeness_as_written",
                    "users_likeness_folded",
                    "users_likeness_in_capitals",
                ],
            ),
        ] {
            let plan = plan(&database, &query).await;
            for index in indexes {
                assert!(plan.contains(index), "{query}: {plan}");
            }
        }
    }
}
