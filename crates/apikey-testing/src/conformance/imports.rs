//! Clauses about rows of another service that are imported.

use super::{
    TestStore,
    imports_setup::{HASH, done, keeping_ids, key, membership, some, user},
    test_store::{ANYWHERE, WHOLE, everything},
};
use apikey_domain::{
    change::{Position, event::EventFilter},
    identity::organization::Role,
    import::{
        facts::{HighestIds, ImportOptions},
        finding::{Done, Effect},
        source::{Reference, RowId, RowKind, SourceDigest, SourceKey, SourceRow, SourceUser},
    },
    port::import_store::Brought,
    testing::fixture,
};
use std::collections::BTreeMap;

pub async fn rows_become_what_they_say_and_are_remembered(store: &TestStore) {
    let outcomes = store.bring(some()).await;
    assert_eq!(done(&outcomes), [Done::Created; 5], "{outcomes:?}");
    let directory = &store.keys.directory;
    let ada = directory.user_credential("ada").await.unwrap().unwrap();
    assert_eq!(ada.password_hash.as_str(), HASH);
    assert!(ada.user.is_active && !ada.user.is_admin && !ada.user.require_password_change);
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

pub async fn an_id_that_is_given_is_that_of_no_later_row(store: &TestStore) {
    let eve = store.keys.user("eve").await;
    let mine = store.keys.own_key(&eve, "mine").await;
    let (user, first) = (eve.id.0, mine.id.0);
    let options = ImportOptions {
        highest: HighestIds {
            users: user + 5,
            principals: eve.principal_id.0 + 20,
            keys: first + 30,
        },
        ..keeping_ids()
    };
    let rows = vec![
        SourceRow::User(self::user(user, "ada")),
        SourceRow::Key(key(first, user, "a")),
    ];
    store.bring_as(options.clone(), rows).await;
    let ada = store.keys.directory.user_credential("ada").await.unwrap();
    let ada = ada.unwrap().user;
    let keys = store.keys.keys(&everything()).await;
    assert!(ada.id.0 > user + 5, "{ada:?}");
    let last = keys.iter().map(|key| key.id.0).max();
    assert!(last > Some(first + 30), "{keys:?}");
    // In another batch.
    let rows = vec![
        SourceRow::User(self::user(user + 1, "ben")),
        SourceRow::Key(key(first + 1, user, "b")),
    ];
    let outcomes = store.bring_as(options, rows).await;
    let ben = store.keys.directory.user_credential("ben").await.unwrap();
    assert_eq!(ben.unwrap().user.id.0, user + 1);
    assert_eq!(outcomes[1].findings, [], "{outcomes:?}");
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
