//! Clauses about what was ended or narrowed here, when rows of another service are imported
//! again: nothing of it begins again, whatever the clocks say and whatever a row says.

use super::{
    TestStore,
    imports_setup::{done, key, membership, some, user},
    test_store::{ANYWHERE, after, everything},
};
use apikey_domain::{
    gpustack::{Scope, ScopeSet},
    identity::{
        organization::Role,
        user::{User, UserChanges},
    },
    import::{
        finding::Done,
        source::{Listed, Reference, RowId, SourceKey, SourceRow, SourceUser},
    },
    key::changes::ApiKeyChanges,
    testing::fixture,
    timestamp::Timestamp,
};

/// Returns an instant that no clock here has reached, in microseconds.
fn future() -> Option<i64> {
    Some(after(3_600).microseconds())
}

impl TestStore {
    async fn ada(&self) -> User {
        let ada = self.keys.directory.user_credential("ada").await.unwrap();
        ada.unwrap().user
    }

    async fn deactivate(&self, user: &User, at: Timestamp) {
        let changes = UserChanges {
            is_active: Some(false),
            ..UserChanges::default()
        };
        let by = fixture::by_service_at(at);
        let changed = self.keys.directory.update_user(by, user.id, changes);
        changed.await.unwrap().unwrap();
    }
}

pub async fn what_was_changed_here_by_a_clock_that_is_behind_is_kept(store: &TestStore) {
    let ada = SourceUser {
        updated_at: future(),
        ..user(4, "ada")
    };
    let own = SourceKey {
        scope: Listed::Texts(vec!["*".to_owned()]),
        updated_at: future(),
        ..key(70, 4, "own")
    };
    let rows = vec![
        SourceRow::User(ada.clone()),
        SourceRow::User(SourceUser {
            is_admin: true,
            ..user(5, "root")
        }),
        SourceRow::Key(own.clone()),
    ];
    store.bring(rows).await;
    store
        .deactivate(&store.ada().await, fixture::instant())
        .await;
    let narrow = ApiKeyChanges {
        scope: Some(ScopeSet::NONE.with(Scope::Inference)),
        ..ApiKeyChanges::default()
    };
    let id = store.keys.keys(&everything()).await[0].id;
    let by = fixture::by_service_at(fixture::instant());
    let changed = store.keys.api_keys.update(by, id, ANYWHERE, narrow).await;
    changed.unwrap().unwrap();

    let rows = vec![
        SourceRow::User(SourceUser {
            full_name: Some("Ada".to_owned()),
            ..ada
        }),
        SourceRow::Key(SourceKey {
            description: Some("edited there".to_owned()),
            ..own
        }),
    ];
    let outcomes = store.bring(rows).await;
    assert_eq!(done(&outcomes), [Done::Skipped; 2], "{outcomes:?}");
    assert!(!store.ada().await.is_active);
    let own = &store.keys.keys(&everything()).await[0];
    assert!(!own.scope.grants(Scope::Management), "{own:?}");
}

pub async fn what_is_said_of_the_key_of_another_is_not_brought(store: &TestStore) {
    let mut rows = some();
    rows.insert(1, SourceRow::User(user(5, "ben")));
    store.bring(rows).await;
    let before = store.keys.keys(&everything()).await;
    let wider = SourceKey {
        scope: Listed::Texts(vec!["*".to_owned()]),
        models: Listed::Null,
        ..key(70, 4, "own")
    };
    let of_ben = SourceKey {
        user: Reference::Row(5),
        owner: Some(Reference::Row(5)),
        ..wider.clone()
    };
    let of_organization = SourceKey {
        owner: Some(Reference::Row(9)),
        ..wider.clone()
    };
    let of_nobody = SourceKey {
        user: Reference::Name("nobody".to_owned()),
        owner: Some(Reference::Name("nobody".to_owned())),
        ..wider
    };
    for row in [of_ben, of_organization, of_nobody.clone()] {
        let outcomes = store.bring(vec![SourceRow::Key(row)]).await;
        assert_eq!(done(&outcomes), [Done::Skipped], "{outcomes:?}");
        assert_eq!(store.keys.keys(&everything()).await, before);
    }
    // An end concerns it whoever has it there.
    let ended = SourceKey {
        expires_at: Some(1_700_000_600_000_000),
        ..of_nobody
    };
    let outcomes = store.bring(vec![SourceRow::Key(ended)]).await;
    assert_eq!(done(&outcomes), [Done::Updated], "{outcomes:?}");
    let own = &store.keys.keys(&everything()).await[0];
    assert!(own.expires_at.has_passed(fixture::instant()));
    assert_eq!(own.scope, before[0].scope);
}

pub async fn a_membership_that_was_ended_here_does_not_begin_again(store: &TestStore) {
    store.bring(some()).await;
    let gone = || vec![SourceRow::Gone(RowId::membership(9, 4))];
    let ben = || vec![SourceRow::User(user(5, "ben")), membership(9, 5, true)];
    store.bring(ben()).await;
    let keys = store.keys.keys(&everything()).await;
    let organization = keys[1].owner_principal_id;
    let ada = store.ada().await;
    let directory = &store.keys.directory;
    let removed = directory.remove_member(fixture::by_service(), organization, ada.id);
    removed.await.unwrap();
    let outcomes = store.bring(gone()).await;
    assert_eq!(done(&outcomes), [Done::Unchanged], "{outcomes:?}");
    let outcomes = store.bring(vec![membership(9, 4, true)]).await;
    assert_eq!(done(&outcomes), [Done::Skipped], "{outcomes:?}");
    let standing = directory.standing(ada.id, organization).await.unwrap();
    assert_eq!(standing.role, None);

    // One that ended there is there again when it begins there.
    let ben = directory.user_credential("ben").await.unwrap().unwrap();
    let root = vec![SourceRow::User(user(6, "cyd")), membership(9, 6, true)];
    store.bring(root).await;
    let ended = store.bring(vec![SourceRow::Gone(RowId::membership(9, 5))]);
    assert_eq!(done(&ended.await), [Done::Ended]);
    store.bring(vec![membership(9, 5, false)]).await;
    let standing = directory.standing(ben.user.id, organization).await.unwrap();
    assert_eq!(standing.role, Some(Role::User));
}
