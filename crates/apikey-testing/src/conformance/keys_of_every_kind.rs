//! Keys of every kind, and conditions that tell them apart.

use super::{
    TestKeys,
    test_store::{ANYWHERE, after, new_key},
};
use apikey_domain::{
    identifier::{ApiKeyId, PrincipalId},
    identity::user::User,
    key::{
        api_key::NewApiKey,
        changes::ApiKeyChanges,
        conditions::{KeyConditions, Noted},
        expiry::Expiry,
        metadata::Metadata,
        revocation::{NewRevocation, RevocationReason},
        status::Status,
    },
    testing::fixture,
    timestamp::Timestamp,
};

/// Orders by each field, and some by several.
pub(super) const ORDERS: [&str; 9] = [
    "-created_at",
    "name",
    "-name",
    "expires_at",
    "-updated_at",
    "last_used_at",
    "-last_used_at",
    "expires_at,-name",
    "-last_used_at,name",
];

/// Two texts that begin with the same 300 characters.
fn long_text(end: &str) -> String {
    format!("{}{end}", "ö".repeat(300))
}

pub(super) fn entries(number: i64) -> Vec<(String, String)> {
    let entry = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let mut entries = Vec::new();
    if number % 2 == 0 {
        entries.push(entry("team", "search"));
    }
    if number % 3 == 0 {
        entries.push(entry("a \"b\".$c=d", "line 1\nline 2 'x' \\ %"));
    }
    if number % 5 == 0 {
        entries.push(entry("long", &long_text(&(number % 10).to_string())));
    }
    if number % 7 == 0 {
        entries.push(entry("empty", ""));
    }
    entries
}

/// Returns the changes of which each key has some: it is disabled, revoked, or both.
fn ended(number: i64) -> Vec<ApiKeyChanges> {
    let mut changes = Vec::new();
    if number % 6 == 1 {
        changes.push(disabled(true));
    }
    if number % 9 == 1 {
        changes.push(revoked());
    }
    changes
}

pub(super) fn disabled(is_disabled: bool) -> ApiKeyChanges {
    ApiKeyChanges {
        is_disabled: Some(is_disabled),
        ..ApiKeyChanges::default()
    }
}

pub(super) fn revoked() -> ApiKeyChanges {
    ApiKeyChanges {
        revocation: Some(NewRevocation {
            reason: RevocationReason::Unused,
            comment: None,
        }),
        ..ApiKeyChanges::default()
    }
}

pub(super) async fn change(store: &TestKeys, id: ApiKeyId, seconds: i64, changes: ApiKeyChanges) {
    let by = fixture::by_service_at(after(seconds));
    let changed = store.api_keys.update(by, id, ANYWHERE, changes).await;
    assert!(changed.unwrap().is_some());
}

/// Creates keys of every kind.
pub(super) async fn create_keys(store: &TestKeys, user: &User, owner: PrincipalId, count: i64) {
    for number in 0..count {
        let new = NewApiKey {
            created_at: after(number % 11),
            expires_at: match number % 4 {
                0 | 1 => Expiry::NEVER,
                2 => Expiry::at(after(number)),
                _ => Expiry::at(after(-number)),
            },
            metadata: Metadata::parse(entries(number)).unwrap(),
            ..new_key(user, owner, &format!("key {number:03}"))
        };
        let by = fixture::by_service();
        let key = store.api_keys.create(by, new).await.unwrap();
        for changes in ended(number) {
            change(store, key.id, 20 + number % 3, changes).await;
        }
        if number % 3 == 1 {
            let (ids, at) = ([key.id], after(number % 13));
            let used = store.api_keys.record_uses(&ids, at);
            used.await.unwrap();
        }
    }
}

pub(super) fn noted(entries: &[(&str, &str)]) -> KeyConditions {
    let entries = entries.iter();
    let entries = entries.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    KeyConditions {
        noted: Some(Noted::parse(entries).unwrap()),
        ..KeyConditions::NONE
    }
}

/// Returns conditions of each kind, alone and together.
pub(super) fn table() -> Vec<KeyConditions> {
    let mut all = Vec::new();
    for status in Status::ALL {
        for seconds in [-30, 30] {
            all.push(KeyConditions {
                status: Some((status, after(seconds))),
                ..KeyConditions::NONE
            });
        }
    }
    for instant in [
        Timestamp::MIN,
        after(-20),
        after(0),
        after(34),
        Timestamp::MAX,
    ] {
        all.push(KeyConditions {
            expires_before: Some(instant),
            ..KeyConditions::NONE
        });
        all.push(KeyConditions {
            unused_since: Some(instant),
            ..KeyConditions::NONE
        });
    }
    for seconds in [1, 7] {
        all.push(KeyConditions {
            unused_since: Some(after(seconds)),
            ..KeyConditions::NONE
        });
    }
    let same_beginning = long_text("0");
    for entries in [
        vec![("team", "search")],
        vec![("team", "Search")],
        vec![("team", "search"), ("empty", "")],
        vec![("team", "search"), ("long", &same_beginning)],
        vec![("a \"b\".$c=d", "line 1\nline 2 'x' \\ %")],
        vec![("long", "ö")],
        vec![("unknown", "search")],
    ] {
        all.push(noted(&entries));
    }
    all.push(KeyConditions {
        status: Some((Status::Active, after(0))),
        expires_before: Some(after(60)),
        ..KeyConditions::NONE
    });
    all.push(KeyConditions {
        status: Some((Status::Active, after(20))),
        unused_since: Some(after(9)),
        ..KeyConditions::NONE
    });
    all.push(KeyConditions {
        status: Some((Status::Disabled, after(0))),
        expires_before: Some(after(40)),
        unused_since: Some(after(40)),
        ..noted(&[("team", "search")])
    });
    all.push(KeyConditions {
        status: Some((Status::Expired, after(30))),
        ..noted(&[("a \"b\".$c=d", "line 1\nline 2 'x' \\ %")])
    });
    all
}
