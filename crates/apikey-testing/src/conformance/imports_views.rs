//! Clauses about what is known before something is imported, and about names.

use super::{
    TestStore,
    imports_setup::{done, key, membership, name, organization, some, user},
    test_store::everything,
};
use apikey_domain::{
    identifier::UserId,
    identity::organization::Role,
    import::{
        draft::Drafted,
        facts::{Administrators, Facts, ImportOptions},
        finding::{Done, Effect},
        source::{Reference, SourceKey, SourceRow, SourceUser},
    },
    testing::fixture,
};
use std::collections::BTreeMap;

/// Returns what is known of a row, if users of the source are these.
async fn facts(store: &TestStore, row: SourceRow, merged: &[(i64, UserId)]) -> Facts {
    let drafted = Drafted::of(&row, fixture::instant()).unwrap();
    let (options, merged) = (
        ImportOptions::default(),
        BTreeMap::from_iter(merged.to_vec()),
    );
    let view = &store.import_view;
    let facts = view.facts(&name(), &options, &drafted, &merged).await;
    facts.unwrap()
}

pub async fn whoever_is_merged_is_known_before_they_are_remembered(store: &TestStore) {
    let ada = store.keys.user("ada").await;
    let mine = store.keys.own_key(&ada, "own").await;
    store
        .bring(vec![SourceRow::Organization(organization(9, "acme"))])
        .await;
    let acme = match facts(store, membership(9, 4, true), &[(4, ada.id)]).await {
        Facts::Membership(facts) => {
            assert_eq!((facts.user, facts.current), (Some(ada.id), None));
            facts.organization.unwrap()
        }
        other => panic!("{other:?}"),
    };
    let acme = store.keys.directory.organization(acme).await.unwrap();
    store.keys.join(&acme.unwrap(), &ada, Role::User).await;
    for (merged, role) in [(&[(4, ada.id)][..], Some(Role::User)), (&[], None)] {
        let Facts::Membership(facts) = facts(store, membership(9, 4, true), merged).await else {
            panic!("of another kind");
        };
        assert_eq!(facts.current, role);
        assert_eq!(facts.user.is_some(), role.is_some());
    }
    let of_acme = SourceKey {
        owner: Some(Reference::Row(9)),
        ..key(70, 4, "team")
    };
    for (row, is_of_acme) in [(key(70, 4, "own"), false), (of_acme, true)] {
        let Facts::Key(facts) = facts(store, SourceRow::Key(row), &[(4, ada.id)]).await else {
            panic!("of another kind");
        };
        assert_eq!(facts.user.map(|user| user.id), Some(ada.id));
        assert_eq!(facts.is_member, is_of_acme);
        // A key of an organization does not take the name of one's own.
        assert_eq!(facts.taken.contains(mine.name.as_str()), !is_of_acme);
    }
    let Facts::User(facts) = facts(store, SourceRow::User(user(4, "x")), &[(4, ada.id)]).await
    else {
        panic!("of another kind");
    };
    assert!(facts.known.is_none() && facts.current.is_none());
    assert_eq!(store.keys.keys(&everything()).await.len(), 1);
}

pub async fn administrators_are_counted_with_their_passwords(store: &TestStore) {
    let view = &store.import_view;
    assert_eq!(
        view.administrators().await.unwrap(),
        Administrators::default()
    );
    let admin = |id: i64, name: &str| SourceUser {
        is_admin: true,
        ..user(id, name)
    };
    let without_password = SourceUser {
        password: None,
        ..admin(5, "ben")
    };
    let inactive = SourceUser {
        is_active: false,
        ..admin(6, "cyd")
    };
    let users = [admin(4, "ada"), without_password, inactive, user(7, "dan")];
    store
        .bring(users.into_iter().map(SourceRow::User).collect())
        .await;
    let counted = Administrators {
        all: 2,
        with_password: 1,
    };
    assert_eq!(view.administrators().await.unwrap(), counted);
    let rows = vec![
        SourceRow::Organization(organization(9, "acme")),
        membership(9, 4, true),
        membership(9, 5, true),
        membership(9, 7, false),
    ];
    store.bring(rows).await;
    let organizations =
        store
            .keys
            .directory
            .list_organizations(None, None, super::test_store::WHOLE);
    let acme = organizations.await.unwrap().items[0].id;
    assert_eq!(view.organization_admins(acme).await.unwrap(), 2);
    let nowhere = fixture::principal_id(987);
    assert_eq!(view.organization_admins(nowhere).await.unwrap(), 0);
}

pub async fn who_is_renamed_to_what_looks_like_another_keeps_their_name(store: &TestStore) {
    store.bring(some()).await;
    store.keys.user("admin").await;
    let renamed = |name: &str| SourceUser {
        is_admin: true,
        ..user(4, name)
    };
    let outcomes = store
        .bring(vec![SourceRow::User(renamed("\u{430}dmin"))])
        .await;
    assert_eq!(done(&outcomes), [Done::Updated], "{outcomes:?}");
    let effects = outcomes[0].findings.iter().map(|finding| finding.effect);
    let effects = Vec::from_iter(effects);
    assert_eq!(effects, [Effect::Skipped, Effect::Noted], "{outcomes:?}");
    let ada = store.keys.directory.user_credential("ada").await.unwrap();
    assert!(ada.unwrap().user.is_admin);
    let outcomes = store.bring(vec![SourceRow::User(renamed("Ada"))]).await;
    // It looks like their own.
    assert_eq!(done(&outcomes), [Done::Updated], "{outcomes:?}");
    assert_eq!(outcomes[0].findings, [], "{outcomes:?}");
    assert!(
        store
            .keys
            .directory
            .user_credential("Ada")
            .await
            .unwrap()
            .is_some()
    );
}
