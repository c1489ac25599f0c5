//! Many databases of a GPUStack, each with all that may be wrong in one, are imported. What
//! must become of each row is worked out here again, by other means.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic fails the test")]

#[path = "variants/expected.rs"]
mod expected;
#[path = "variants/made.rs"]
mod made;
#[path = "variants/rehearsed.rs"]
mod rehearsed;

use apikey_commands::report::Counts;
use apikey_diesel::{Store, testing::TestDatabase};
use apikey_domain::{
    identifier::PrincipalId,
    identity::user_list::{UserFilter, UserOrder},
    import::{facts::ImportOptions, finding::Done, source::RowKind},
    listing::Window,
};
use expected::Expected;
use made::Made;

/// How many databases are made.
const VARIANTS: u64 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn of_each_row_of_any_database_becomes_what_must() {
    for seed in 0..VARIANTS {
        let made = Made::new(seed);
        let source = TestDatabase::empty_postgres().await.unwrap();
        source.execute(&made.statements()).await.unwrap();
        let target = match seed % 2 {
            0 => TestDatabase::sqlite().await.unwrap(),
            _ => TestDatabase::postgres().await.unwrap(),
        };
        let store = target.open().await.unwrap();
        let options = keeping_ids([]);
        let done = rehearsed::import(&source.url, &store, &options).await;
        check(&made, &store, seed).await;
        let again = rehearsed::import(&source.url, &store, &options).await;
        assert_eq!(again.changed(), 0, "seed {seed}: {again:?}");
        let skipped = |counts: &Counts| RowKind::ALL.map(|kind| counts.done(kind, Done::Skipped));
        assert_eq!(skipped(&again), skipped(&done), "seed {seed}");
        check(&made, &store, seed).await;
    }
}

/// Whoever is here keeps what they have, and is somebody there or not: a dry run foresees
/// all of it, also when much has changed there since.
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_a_run_does() {
    for seed in 0..VARIANTS {
        let made = Made::new(seed);
        let source = TestDatabase::empty_postgres().await.unwrap();
        source.execute(&made.statements()).await.unwrap();
        source.execute(&rehearsed::rights()).await.unwrap();
        let target = match seed % 2 {
            0 => TestDatabase::sqlite().await.unwrap(),
            _ => TestDatabase::postgres().await.unwrap(),
        };
        let store = target.open().await.unwrap();
        let [some, others] = rehearsed::people(&made);
        rehearsed::settle(&store, &made, &some).await;
        let import = |map: Vec<(String, String)>| {
            let options = keeping_ids(map);
            let (url, store) = (&source.url, &store);
            async move { rehearsed::import(url, store, &options).await }
        };
        import(some.clone()).await;
        rehearsed::join(&store, &some, &others).await;
        let all = Vec::from_iter(some.into_iter().chain(others));
        import(all.clone()).await;
        for changes in rehearsed::changes() {
            source.execute(&changes).await.unwrap();
            import(all.clone()).await;
            // Whoever was the last administrator may have become one of several meanwhile.
            import(all.clone()).await;
        }
    }
}

fn keeping_ids(map: impl IntoIterator<Item = (String, String)>) -> ImportOptions {
    ImportOptions {
        keep_ids: true,
        map: map.into_iter().collect(),
        ..ImportOptions::default()
    }
}

async fn check(made: &Made, store: &Store, seed: u64) {
    let expected = Expected::of(made);
    let window = Window {
        offset: 0,
        limit: 1_000,
    };
    let (all, order) = (UserFilter::ALL, UserOrder::default());
    let users = store
        .directory
        .list_users(&all, &order, window)
        .await
        .unwrap();
    let mut ids: Vec<i64> = users.items.iter().map(|user| user.id.0).collect();
    ids.extend(users.rest.iter().map(|id| id.0));
    ids.sort_unstable();
    assert_eq!(ids, expected.users, "seed {seed}");
    for organization in &expected.organizations {
        let id = PrincipalId(*organization);
        assert!(store.directory.organization(id).await.unwrap().is_some());
        let members = store.directory.list_members(id, window).await.unwrap();
        assert!(members.rest.is_empty());
        let members = members.items.iter();
        let members: Vec<_> = members.map(|one| (one.user_id.0, one.role)).collect();
        let of_it = expected
            .members
            .range((*organization, i64::MIN)..=(*organization, i64::MAX));
        let of_it: Vec<_> = of_it.map(|((_, user), role)| (*user, *role)).collect();
        assert_eq!(members, of_it, "seed {seed}, organization {organization}");
    }
    for key in &made.keys {
        let found = store.api_keys.credential(&key.access_key).await.unwrap();
        let Some(expected) = expected.keys.get(&key.id) else {
            assert!(found.is_none(), "seed {seed}: {key:?}");
            continue;
        };
        let found = found.unwrap_or_else(|| panic!("seed {seed}: {key:?} is absent"));
        let stored = &found.api_key;
        assert_eq!(stored.id.0, key.id, "seed {seed}");
        assert_eq!(stored.user_id.0, key.user);
        assert_eq!(stored.owner_principal_id.0, expected.owner);
        let scopes: Vec<_> = stored.scope.iter().map(|scope| scope.as_str()).collect();
        assert_eq!(scopes, expected.scope, "seed {seed}: {key:?}");
        assert_eq!(
            stored.allowed_model_names.names(),
            expected.models.as_deref()
        );
        assert_eq!(found.secret_digest.to_text(), expected.digest);
        let instant = stored.expires_at.instant().map(|at| at.to_rfc3339());
        assert_eq!(instant, expected.expires_at);
        assert!(
            stored.name.as_str().starts_with(&expected.name),
            "{key:?} {stored:?}"
        );
    }
}
