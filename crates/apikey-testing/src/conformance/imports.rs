//! Clauses about rows of another service that are imported.

use super::{
    TestStore,
    imports_setup::{done, keeping_ids, key, membership, name, organization, user},
    test_store::{ANYWHERE, WHOLE, everything},
};
use apikey_domain::{
    change::{Position, event::EventFilter},
    gpustack::Scope,
    identity::{organization::Role, user::UserChanges},
    import::{
        facts::ImportOptions,
        finding::{Done, Effect},
        source::{
            Listed, Reference, RowId, RowKind, SourceDigest, SourceKey, SourceRow, SourceUser,
        },
    },
    key::changes::ApiKeyChanges,
    port::import_store::Brought,
    testing::fixture,
};
use std::collections::BTreeMap;

/// Ada with a key of her own and one for an organization that she administers.
fn some() -> Vec<SourceRow> {
    let of_organization = SourceKey {
        owner: Some(Reference::Row(9)),
        ..key(71, 4, "team")
    };
    vec![
        SourceRow::User(user(4, "ada")),
        SourceRow::Organization(organization(9, "acme")),
        membership(9, 4, true),
        SourceRow::Key(key(70, 4, "own")),
        SourceRow::Key(of_organization),
    ]
}

pub async fn rows_become_what_they_say_and_are_remembered(store: &TestStore) {
    let outcomes = store.bring(some()).await;
    assert_eq!(done(&outcomes), [Done::Created; 5], "{outcomes:?}");
    let directory = &store.keys.directory;
    let ada = directory.user_credential("ada").await.unwrap().unwrap();
    assert_eq!(ada.password_hash.as_str(), super::imports_setup::HASH);
    assert!(ada.user.is_active && !ada.user.is_admin);
    let acme = directory
        .list_organizations(None, None, WHOLE)
        .await
        .unwrap();
    assert_eq!(acme.items[0].slug.as_str(), "acme");
    let standing = directory.standing(ada.user.id, acme.items[0].id).await;
    assert_eq!(standing.unwrap().role, Some(Role::Admin));
    let keys = store.keys.keys(&everything()).await;
    let owners: Vec<_> = keys.iter().map(|key| key.owner_principal_id).collect();
    assert_eq!(owners, [ada.user.principal_id, acme.items[0].id]);
    let own = &keys[0];
    assert_eq!(own.created_at.microseconds(), 1_700_000_000_000_000);
    assert_eq!(own.updated_at.microseconds(), 1_700_000_500_000_000);
    assert!(own.allowed_model_names.allows("m") && !own.allowed_model_names.allows("n"));
    let found = store
        .keys
        .api_keys
        .credential(own.access_key.as_str())
        .await;
    let found = found.unwrap().unwrap();
    let digest = format!("sha256$salt${:064x}", 70);
    assert_eq!(found.secret_digest.to_text(), digest);

    let events = store.last_event().await;
    let again = store.bring(some()).await;
    assert_eq!(done(&again), [Done::Unchanged; 5], "{again:?}");
    assert!(again.iter().all(|outcome| outcome.findings.is_empty()));
    assert_eq!(store.last_event().await, events);
}

pub async fn what_is_imported_is_recorded_as_any_change(store: &TestStore) {
    store.bring(some()).await;
    store.last_event().await;
    let all = EventFilter::default();
    let start = Position::START;
    let page = store.event_log.list_events(&all, start, 100).await.unwrap();
    let kinds: Vec<_> = page
        .events
        .iter()
        .map(|event| event.change.kind().as_str())
        .collect();
    let expected = [
        "user.created",
        "organization.created",
        "member.created",
        "api_key.created",
        "api_key.created",
    ];
    assert_eq!(kinds, expected);
    assert!(
        page.events
            .iter()
            .all(|event| event.attribution.user_id.is_none())
    );
}

pub async fn ids_that_are_free_are_kept_and_others_come_after_them(store: &TestStore) {
    let outcomes = store.bring_as(keeping_ids(), some()).await;
    assert!(
        outcomes.iter().all(|one| one.findings.is_empty()),
        "{outcomes:?}"
    );
    let ada = store.keys.directory.user_credential("ada").await.unwrap();
    let ada = ada.unwrap().user;
    assert_eq!((ada.id.0, ada.principal_id.0), (4, 4));
    let keys = store.keys.keys(&everything()).await;
    assert_eq!(
        keys.iter().map(|key| key.id.0).collect::<Vec<_>>(),
        [70, 71]
    );
    assert_eq!(keys[1].owner_principal_id.0, 9);
    let eve = store.keys.user("eve").await;
    assert!(eve.id.0 > 4 && eve.principal_id.0 > 9, "{eve:?}");
    let later = store.keys.own_key(&eve, "later").await;
    assert!(later.id.0 > 71);
}

pub async fn an_id_that_somebody_has_or_had_is_not_given(store: &TestStore) {
    let eve = store.keys.user("eve").await;
    let mine = store.keys.own_key(&eve, "mine").await;
    let gone = store.keys.own_key(&eve, "gone").await;
    let deleted = store
        .keys
        .api_keys
        .delete(fixture::by_service(), gone.id, ANYWHERE);
    deleted.await.unwrap();
    let rows = vec![
        SourceRow::User(user(eve.id.0, "ada")),
        SourceRow::Key(key(mine.id.0, eve.id.0, "a")),
        SourceRow::Key(key(gone.id.0, eve.id.0, "b")),
        SourceRow::Key(key(i64::MAX, eve.id.0, "c")),
    ];
    let outcomes = store.bring_as(keeping_ids(), rows).await;
    assert_eq!(done(&outcomes), [Done::Created; 4], "{outcomes:?}");
    for outcome in &outcomes {
        let is_said = |reason: &str| reason.contains("is taken: it has");
        let mut findings = outcome.findings.iter();
        assert!(findings.any(|one| is_said(&one.reason)), "{outcome:?}");
    }
    assert_eq!(store.keys.stored(mine.id).await, Some(mine));
    assert!(store.keys.stored(gone.id).await.is_none());
    // Ids are still given.
    store.keys.own_key(&eve, "later").await;
}

pub async fn a_row_of_another_source_changes_nothing(store: &TestStore) {
    store.bring(some()).await;
    let events = store.last_event().await;
    let other = SourceUser {
        created_at: Some(7),
        ..user(4, "ada")
    };
    let rows = vec![SourceRow::User(user(5, "ben")), SourceRow::User(other)];
    let brought = store.try_bring(ImportOptions::default(), rows).await;
    let row = RowId::numbered(RowKind::User, 4);
    assert_eq!(brought, Brought::AnotherSource(row));
    assert_eq!(store.last_event().await, events);
    let ben = store.keys.directory.user_credential("ben").await.unwrap();
    assert!(ben.is_none());
}

pub async fn names_that_are_taken_become_others(store: &TestStore) {
    store.keys.organization("acme").await;
    let mut rows = some();
    let everything = SourceKey {
        owner: None,
        ..key(72, 4, "own")
    };
    rows.push(SourceRow::Key(everything));
    let outcomes = store.bring(rows).await;
    assert_eq!(done(&outcomes), [Done::Created; 6], "{outcomes:?}");
    let acme = store.keys.directory.list_organizations(None, None, WHOLE);
    let acme = acme.await.unwrap().items;
    assert_eq!(acme[1].slug.as_str(), "acme-9");
    let keys = store.keys.keys(&self::everything()).await;
    assert_eq!(keys[2].name.as_str(), "own (2)");
    assert_eq!(keys[2].owner_principal_id, keys[0].owner_principal_id);
    for index in [1, 5] {
        let findings = &outcomes[index].findings;
        assert!(findings.iter().all(|one| one.effect == Effect::Changed));
        assert!(!findings.is_empty());
    }
}

pub async fn an_access_key_is_that_of_one_key(store: &TestStore) {
    let eve = store.keys.user("eve").await;
    let mine = store.keys.own_key(&eve, "mine").await;
    let taken = SourceKey {
        access_key: mine.access_key.as_str().to_owned(),
        ..key(70, 4, "own")
    };
    let rows = vec![SourceRow::User(user(4, "ada")), SourceRow::Key(taken)];
    let outcomes = store.bring(rows).await;
    assert_eq!(
        done(&outcomes),
        [Done::Created, Done::Skipped],
        "{outcomes:?}"
    );
    assert_eq!(store.keys.stored(mine.id).await, Some(mine));
}

pub async fn a_namesake_is_left_out_unless_they_are_mapped(store: &TestStore) {
    let ada = store.keys.admin("ada").await;
    let outcomes = store.bring(some()).await;
    let expected = [
        Done::Skipped,
        Done::Created,
        Done::Skipped,
        Done::Skipped,
        Done::Skipped,
    ];
    assert_eq!(done(&outcomes), expected, "{outcomes:?}");
    let map = |there: &str, here: &str| ImportOptions {
        map: BTreeMap::from([(there.to_owned(), here.to_owned())]),
        ..ImportOptions::default()
    };
    let outcomes = store.bring_as(map("ada", "nobody"), some()).await;
    assert_eq!(outcomes[0].done, Done::Skipped, "{outcomes:?}");
    let outcomes = store.bring_as(map("ada", "ada"), some()).await;
    let expected = [
        Done::Merged,
        Done::Unchanged,
        Done::Created,
        Done::Created,
        Done::Created,
    ];
    assert_eq!(done(&outcomes), expected, "{outcomes:?}");
    let before = store
        .keys
        .directory
        .user_credential("ada")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(before.user, ada);
    // Nothing that changes there concerns them.
    let demoted = SourceUser {
        is_active: false,
        full_name: Some("Ada".to_owned()),
        ..user(4, "ada")
    };
    let gone = SourceRow::Gone(RowId::numbered(RowKind::User, 4));
    let outcomes = store.bring(vec![SourceRow::User(demoted), gone]).await;
    assert_eq!(done(&outcomes), [Done::Unchanged; 2], "{outcomes:?}");
    let after = store
        .keys
        .directory
        .user_credential("ada")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (after.user, after.password_hash),
        (before.user, before.password_hash)
    );
}

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
    assert!(ada.is_admin && ada.full_name.is_some());
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
        let changes: ApiKeyChanges = super::test_store::described("here");
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
    let by = fixture::by_service_at(super::test_store::after(60));
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

pub async fn of_imports_at_once_one_brings_a_row(store: &TestStore) {
    let imports = (0..4).map(|_| store.bring(some()));
    let outcomes = futures_util::future::join_all(imports).await;
    let created = outcomes
        .iter()
        .flatten()
        .filter(|one| one.done == Done::Created);
    assert_eq!(created.count(), 5, "{outcomes:?}");
    assert_eq!(store.keys.keys(&everything()).await.len(), 2);
}

pub async fn a_garbled_row_is_left_out_and_the_others_come(store: &TestStore) {
    let no_access_key = SourceKey {
        access_key: String::new(),
        ..key(72, 4, "a")
    };
    let no_digest = SourceKey {
        digest: SourceDigest("md5$x".to_owned()),
        ..key(73, 4, "b")
    };
    let nobodys = key(74, 987, "c");
    let nowhere = SourceKey {
        owner: Some(Reference::Row(987)),
        ..key(75, 4, "d")
    };
    let mut rows = vec![membership(987, 4, true), membership(9, 987, true)];
    rows.extend([no_access_key, no_digest, nobodys, nowhere].map(SourceRow::Key));
    rows.splice(0..0, some());
    let outcomes = store.bring(rows).await;
    assert_eq!(done(&outcomes)[..5], [Done::Created; 5], "{outcomes:?}");
    assert_eq!(done(&outcomes)[5..], [Done::Skipped; 6], "{outcomes:?}");
    for skipped in &outcomes[5..] {
        let reasons = skipped.findings.iter().map(|one| one.effect);
        assert_eq!(
            reasons.collect::<Vec<_>>(),
            [Effect::Skipped],
            "{skipped:?}"
        );
    }
}
