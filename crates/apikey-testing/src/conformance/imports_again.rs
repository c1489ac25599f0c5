//! Clauses about rows of another service that are imported again.

use super::{
    TestStore,
    imports_setup::{done, key, membership, name, some, user},
    test_store::{ANYWHERE, after, described, everything},
};
use apikey_domain::{
    gpustack::Scope,
    identity::user::UserChanges,
    import::{
        finding::Done,
        source::{Listed, Reference, RowId, RowKind, SourceKey, SourceRow, SourceUser},
    },
    key::changes::ApiKeyChanges,
    testing::fixture,
};

pub async fn what_changed_at_the_source_is_brought(store: &TestStore) {
    store.bring(some()).await;
    let changed = SourceKey {
        scope: Listed::Texts(vec!["management".to_owned()]),
        name: Some("renamed".to_owned()),
        ..key(70, 4, "own")
    };
    let ada = SourceUser {
        full_name: Some("Ada".to_owned()),
        is_admin: true,
        require_password_change: true,
        ..user(4, "ada")
    };
    let rows = vec![
        SourceRow::User(ada),
        membership(9, 4, true),
        SourceRow::Key(changed),
    ];
    let outcomes = store.bring(rows.clone()).await;
    let expected = [Done::Updated, Done::Unchanged, Done::Updated];
    assert_eq!(done(&outcomes), expected, "{outcomes:?}");
    let ada = store.keys.directory.user_credential("ada").await.unwrap();
    let ada = ada.unwrap().user;
    assert!(ada.is_admin && ada.full_name.is_some() && ada.require_password_change);
    let keys = store.keys.keys(&everything()).await;
    assert_eq!(keys[0].name.as_str(), "renamed");
    assert!(keys[0].scope.grants(Scope::Management));
    let again = store.bring(rows).await;
    assert_eq!(done(&again), [Done::Unchanged; 3], "{again:?}");
}

pub async fn what_was_changed_here_is_kept_but_ends_are_brought(store: &TestStore) {
    store.bring(some()).await;
    let keys = store.keys.keys(&everything()).await;
    let edit = |id| {
        let changes: ApiKeyChanges = described("here");
        let by = fixture::by_service_at(fixture::instant());
        store.keys.api_keys.update(by, id, ANYWHERE, changes)
    };
    edit(keys[0].id).await.unwrap().unwrap();
    edit(keys[1].id).await.unwrap().unwrap();
    let ada = store.keys.directory.user_credential("ada").await.unwrap();
    let ada = ada.unwrap().user;
    let renamed = UserChanges {
        full_name: Some(None),
        ..UserChanges::default()
    };
    let by = fixture::by_service_at(after(60));
    store
        .keys
        .directory
        .update_user(by, ada.id, renamed)
        .await
        .unwrap();
    let widened = SourceKey {
        scope: Listed::Texts(vec!["*".to_owned()]),
        ..key(70, 4, "own")
    };
    let expired = SourceKey {
        owner: Some(Reference::Row(9)),
        expires_at: Some(1_700_000_600_000_000),
        ..key(71, 4, "team")
    };
    let deactivated = SourceUser {
        is_active: false,
        is_admin: true,
        ..user(4, "ada")
    };
    let rows = vec![
        SourceRow::Key(widened),
        SourceRow::Key(expired),
        SourceRow::User(deactivated),
    ];
    let outcomes = store.bring(rows).await;
    let expected = [Done::Skipped, Done::Updated, Done::Updated];
    assert_eq!(done(&outcomes), expected, "{outcomes:?}");
    let after = store.keys.keys(&everything()).await;
    assert_eq!(after[0].scope, keys[0].scope);
    assert!(after[1].expires_at.has_passed(fixture::instant()));
    let ada = store.keys.directory.user_credential("ada").await.unwrap();
    let ada = ada.unwrap().user;
    assert!(!ada.is_active && !ada.is_admin);
}

pub async fn what_has_gone_ends_once_and_is_never_revived(store: &TestStore) {
    store.bring(some()).await;
    let ids = [
        (RowKind::Key, 70),
        (RowKind::User, 4),
        (RowKind::Organization, 9),
    ];
    let mut gone: Vec<_> = ids
        .into_iter()
        .map(|(kind, id)| SourceRow::Gone(RowId::numbered(kind, id)))
        .collect();
    store
        .bring(vec![
            SourceRow::User(user(5, "ben")),
            membership(9, 5, true),
        ])
        .await;
    gone.push(SourceRow::Gone(RowId::membership(9, 4)));
    let unknown = SourceRow::Gone(RowId::numbered(RowKind::Key, 999));
    gone.push(unknown);
    let outcomes = store.bring(gone.clone()).await;
    let expected = [
        Done::Ended,
        Done::Ended,
        Done::Unchanged,
        Done::Ended,
        Done::Unchanged,
    ];
    assert_eq!(done(&outcomes), expected, "{outcomes:?}");
    let keys = store.keys.keys(&everything()).await;
    assert!(keys[0].revocation.is_some() && keys[1].revocation.is_none());
    let ada = store.keys.directory.user_credential("ada").await.unwrap();
    assert!(!ada.unwrap().user.is_active);

    let events = store.last_event().await;
    let again = store.bring(gone).await;
    assert_eq!(done(&again), [Done::Unchanged; 5], "{again:?}");
    assert_eq!(store.last_event().await, events);
    let back = store.bring(vec![SourceRow::Key(key(70, 4, "own"))]).await;
    assert_eq!(done(&back), [Done::Skipped], "{back:?}");
    let keys = store.keys.keys(&everything()).await;
    assert!(keys[0].revocation.is_some());
}

pub async fn what_was_deleted_here_is_not_made_again(store: &TestStore) {
    store.bring(some()).await;
    let keys = store.keys.keys(&everything()).await;
    for key in &keys {
        let deleted = store
            .keys
            .api_keys
            .delete(fixture::by_service(), key.id, ANYWHERE);
        assert!(deleted.await.unwrap().is_some());
    }
    let outcomes = store.bring(some()).await;
    let keys = store.keys.keys(&everything()).await;
    assert!(keys.is_empty(), "{keys:?}");
    assert_eq!(done(&outcomes)[3..], [Done::Skipped; 2], "{outcomes:?}");
}

pub async fn an_import_leaves_the_last_admins(store: &TestStore) {
    let root = SourceUser {
        is_admin: true,
        ..user(4, "ada")
    };
    let mut rows = some();
    rows[0] = SourceRow::User(root);
    store.bring(rows).await;
    let gone = vec![
        SourceRow::Gone(RowId::membership(9, 4)),
        SourceRow::Gone(RowId::numbered(RowKind::User, 4)),
        membership(9, 4, false),
    ];
    let events = store.last_event().await;
    let outcomes = store.bring(gone).await;
    assert_eq!(done(&outcomes), [Done::Skipped; 3], "{outcomes:?}");
    assert_eq!(store.last_event().await, events);
    let ada = store.keys.directory.user_credential("ada").await.unwrap();
    assert!(ada.unwrap().user.is_active);
}

pub async fn imported_rows_are_listed_until_they_have_gone(store: &TestStore) {
    let keys = (100..107).map(|id| SourceRow::Key(key(id, 4, &format!("key {id}"))));
    let rows = std::iter::once(SourceRow::User(user(4, "ada"))).chain(keys);
    store.bring(rows.collect()).await;
    let gone = SourceRow::Gone(RowId::numbered(RowKind::Key, 103));
    store.bring(vec![gone]).await;
    let mut listed = Vec::new();
    loop {
        let after = listed
            .last()
            .map_or(String::new(), |row: &RowId| row.text.clone());
        let some = store
            .import_view
            .imported(&name(), RowKind::Key, &after, 2)
            .await;
        let some = some.unwrap();
        assert!(some.len() <= 2);
        if some.is_empty() {
            break;
        }
        listed.extend(some);
    }
    let texts: Vec<_> = listed.iter().map(|row| row.text.as_str()).collect();
    assert_eq!(texts, ["100", "101", "102", "104", "105", "106"]);
}
