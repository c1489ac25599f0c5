//! Values round-trip unchanged.

use super::{
    TestKeys,
    test_store::{ANYWHERE, UNKNOWN_IDS, WHOLE, after, described, everything, new_key},
};
use apikey_domain::{
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{
        organization::{OrganizationChanges, OrganizationName, Role},
        user::{FullName, UserChanges, Username},
    },
    key::{
        api_key::{ApiKey, NewApiKey},
        expiry::Expiry,
        key_name::{Description, KeyName},
        mask::Origin,
    },
    testing::fixture,
    timestamp::Timestamp,
};

fn texts() -> Vec<String> {
    [
        "it's \"quoted\" `back` $1 ?1 :name",
        "'; DROP TABLE api_keys; --",
        r"back\slash \n \u0000 %s",
        "Ünïcödé ǅ ß ﬁ İ ı",
        "كلمة עברית 漢字 हिन्दी",
        "e\u{301} \u{200b} \u{feff} \u{202e}x",
        "👩‍👩‍👧‍👦 🦀",
        " leading and trailing ",
        "null",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain(["x".repeat(255), "🦀".repeat(255)])
    .collect()
}

async fn round_trip(store: &TestKeys, new: NewApiKey) -> ApiKey {
    let created = store
        .api_keys
        .create(fixture::by_service(), new)
        .await
        .unwrap();
    let found = store.stored(created.id).await.unwrap();
    assert_eq!(found, created);
    let access_key = created.access_key.as_str();
    let credential = store.api_keys.credential(access_key).await.unwrap();
    assert_eq!(credential.unwrap().api_key, created);
    created
}

pub async fn texts_round_trip_unchanged(store: &TestKeys) {
    for text in texts() {
        let username = Username::stored(text.replace(':', ";")).unwrap();
        let full_name = FullName::parse(text.clone()).unwrap();
        let user = store
            .user_who("-", |new| {
                new.username = username.clone();
                new.full_name = Some(full_name.clone());
            })
            .await;
        let found = store.directory.user(user.id).await.unwrap().unwrap();
        assert_eq!(
            (&found.username, found.full_name),
            (&username, Some(full_name))
        );
        let found = store.directory.user_credential(username.as_str()).await;
        assert_eq!(found.unwrap().unwrap().user, user);

        let mut new = new_key(&user, user.principal_id, &text);
        new.description = Some(Description::parse(format!("{text}\r\n\t{text}\n")).unwrap());
        new.allowed_model_names = AllowedModelNames::parse(Some(vec![text.clone()])).unwrap();
        let created = round_trip(store, new.clone()).await;
        assert_eq!(created.name, KeyName::stored(text).unwrap());
        assert_eq!(created.description, new.description);
        assert_eq!(created.allowed_model_names, new.allowed_model_names);
        assert_eq!(created.user_name, username.as_str());
    }
}

pub async fn texts_of_organizations_round_trip_unchanged(store: &TestKeys) {
    for (number, text) in texts().into_iter().enumerate() {
        let id = store.organization(&format!("org-{number}")).await.id;
        let changes = OrganizationChanges {
            name: Some(OrganizationName::stored(text.clone()).unwrap()),
            slug: None,
            description: Some(Some(Description::parse(format!("{text}\n")).unwrap())),
        };
        let updated = store
            .directory
            .update_organization(fixture::by_service_at(after(1)), id, changes.clone())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(Some(&updated.name), changes.name.as_ref());
        assert_eq!(Some(&updated.description), changes.description.as_ref());
        let found = store.directory.organization(id).await.unwrap();
        assert_eq!(found, Some(updated));
    }
}

pub async fn empty_and_absent_are_kept_apart(store: &TestKeys) {
    let alice = store.user("alice").await;
    let texts = [None, Some(""), Some(" ")];
    for text in texts {
        let mut new = new_key(&alice, alice.principal_id, &format!("text {text:?}"));
        new.description = text.map(|text| Description::parse(text).unwrap());
        let created = round_trip(store, new).await;
        assert_eq!(created.description.as_ref().map(Description::as_str), text);
    }
    for list in [
        None,
        Some(vec![]),
        Some(vec!["a,b".to_owned(), "[]".to_owned()]),
    ] {
        let mut new = new_key(&alice, alice.principal_id, &format!("list {list:?}"));
        new.allowed_model_names = AllowedModelNames::parse(list.clone()).unwrap();
        let created = round_trip(store, new).await;
        assert_eq!(created.allowed_model_names.names(), list.as_deref());
    }
    for text in [None, Some("")] {
        let full_name = text.map(|text| FullName::parse(text).unwrap());
        let user = store
            .user_who(&format!("{text:?}"), |new| {
                new.full_name = full_name.clone();
            })
            .await;
        let found = store.directory.user(user.id).await.unwrap().unwrap();
        assert_eq!(found.full_name, full_name);
    }
}

pub async fn scopes_models_and_origins_round_trip_unchanged(store: &TestKeys) {
    let alice = store.user("alice").await;
    let lists: [&[&str]; 5] = [
        &[],
        &["*"],
        &["inference", "management"],
        &["management", "inference"],
        &["inference", "*", "inference"],
    ];
    for (number, list) in lists.into_iter().enumerate() {
        for origin in [Origin::Custom, Origin::Generated] {
            let mut new = new_key(&alice, alice.principal_id, &format!("{number} {origin:?}"));
            new.scope = ScopeSet::parse(list.iter().copied()).unwrap();
            new.origin = origin;
            let created = round_trip(store, new.clone()).await;
            assert_eq!((created.scope, created.origin), (new.scope, origin));
        }
    }
    let mut new = new_key(&alice, alice.principal_id, "many models");
    let many: Vec<_> = (0..1_000).map(|number| format!("model {number}")).collect();
    new.allowed_model_names = AllowedModelNames::parse(Some(many.clone())).unwrap();
    let created = round_trip(store, new).await;
    assert_eq!(created.allowed_model_names.names(), Some(&many[..]));
}

pub async fn instants_keep_their_microseconds_over_the_whole_calendar(store: &TestKeys) {
    let alice = store.user("alice").await;
    let instants = [
        Timestamp::MIN,
        Timestamp::from_microseconds(-1).unwrap(),
        Timestamp::from_microseconds(0).unwrap(),
        Timestamp::from_microseconds(1_767_225_600_123_457).unwrap(),
        Timestamp::MAX,
    ];
    for instant in instants {
        let user = store
            .user_who(&instant.microseconds().to_string(), |new| {
                new.created_at = instant;
            })
            .await;
        assert_eq!((user.created_at, user.updated_at), (instant, instant));
        assert_eq!(store.directory.user(user.id).await.unwrap(), Some(user));

        let mut new = new_key(&alice, alice.principal_id, &instant.to_rfc3339());
        new.created_at = instant;
        new.expires_at = Expiry::at(instant);
        let created = round_trip(store, new).await;
        assert_eq!((created.created_at, created.updated_at), (instant, instant));
        assert_eq!(created.expires_at, Expiry::at(instant));
    }
    let never = new_key(&alice, alice.principal_id, "never");
    let created = round_trip(store, never).await;
    assert_eq!(created.expires_at, Expiry::NEVER);
}

pub async fn unknown_ids_find_nothing(store: &TestKeys) {
    let alice = store.user("alice").await;
    let acme = store.organization("acme").await;
    let directory = &store.directory;
    let now = after(1);
    for number in UNKNOWN_IDS {
        let (user, principal) = (UserId(number), PrincipalId(number));
        assert_eq!(directory.user(user).await.unwrap(), None);
        let none = UserChanges::default();
        assert_eq!(
            directory
                .update_user(fixture::by_service_at(now), user, none)
                .await
                .unwrap(),
            None
        );
        assert!(
            !directory
                .delete_user(fixture::by_service(), user)
                .await
                .unwrap()
        );
        assert_eq!(directory.organization(principal).await.unwrap(), None);
        let none = OrganizationChanges::default();
        let updated = directory
            .update_organization(fixture::by_service_at(now), principal, none)
            .await;
        assert_eq!(updated.unwrap(), None);
        assert!(
            !directory
                .delete_organization(fixture::by_service(), principal)
                .await
                .unwrap()
        );

        let standing = directory.standing(user, principal).await.unwrap();
        assert_eq!((standing.is_organization, standing.role), (false, None));
        for (id, user_id) in [(principal, alice.id), (acme.id, user), (principal, user)] {
            let added = directory
                .add_member(fixture::by_service_at(now), id, user_id, Role::Admin)
                .await;
            assert_eq!(added.unwrap(), None, "{number}");
            let updated = directory
                .update_member(fixture::by_service(), id, user_id, Role::Admin)
                .await;
            assert_eq!(updated.unwrap(), None, "{number}");
            assert!(
                !directory
                    .remove_member(fixture::by_service(), id, user_id)
                    .await
                    .unwrap()
            );
        }
        let members = directory.list_members(principal, WHOLE).await.unwrap();
        assert_eq!((members.items, members.total), (vec![], 0));
        let theirs = directory.list_organizations(None, Some(user), WHOLE).await;
        assert_eq!(theirs.unwrap().total, 0);
        let changes = described("changed");
        let updated = store
            .api_keys
            .update(
                fixture::by_service_at(now),
                ApiKeyId(number),
                ANYWHERE,
                changes,
            )
            .await;
        assert_eq!(updated.unwrap(), None);
    }
    assert_eq!(store.keys(&everything()).await, []);
}

pub async fn a_username_with_a_nul_finds_nothing(store: &TestKeys) {
    store.user("alice").await;
    for username in ["\0", "alice\0", "al\0ice"] {
        let found = store.directory.user_credential(username).await;
        assert!(found.unwrap().is_none(), "{username:?}");
    }
}
