//! Tests of conditions.

use super::*;
use crate::{
    key::{
        expiry::Expiry,
        revocation::{Revocation, RevocationReason},
    },
    testing::fixture,
};
use proptest::prelude::*;

fn instant(seconds: i64) -> Timestamp {
    fixture::instant().plus_seconds(seconds).unwrap()
}

fn entry(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

fn noted(entries: &[(&str, &str)]) -> Noted {
    let entries = entries.iter().map(|(name, text)| entry(name, text));
    Noted::parse(entries).unwrap()
}

/// A key that was made at second 0.
fn key() -> ApiKey {
    ApiKey {
        created_at: instant(0),
        expires_at: Expiry::NEVER,
        last_used_at: None,
        ..fixture::api_key(1, "ci")
    }
}

#[test]
fn a_key_expires_before_what_comes_after_its_own_expiry() {
    let conditions = |seconds| KeyConditions {
        expires_before: Some(instant(seconds)),
        ..KeyConditions::NONE
    };
    let expiring = ApiKey {
        expires_at: Expiry::at(instant(10)),
        ..key()
    };
    let disabled = ApiKey {
        disabled_at: Some(instant(1)),
        ..expiring.clone()
    };
    for key in [expiring, disabled] {
        assert!(!conditions(10).matches(&key));
        assert!(conditions(11).matches(&key));
    }
    let never = KeyConditions {
        expires_before: Some(Timestamp::MAX),
        ..KeyConditions::NONE
    };
    assert!(!never.matches(&key()));
}

#[test]
fn a_key_is_unused_since_an_instant_that_it_was_there_at() {
    for (last_used_at, since, expected) in [
        (None, 0, false),
        (None, 1, true),
        (Some(5), 5, false),
        (Some(5), 6, true),
        // A clock that was behind.
        (Some(-5), -1, false),
    ] {
        let key = ApiKey {
            last_used_at: last_used_at.map(instant),
            ..key()
        };
        let conditions = KeyConditions {
            unused_since: Some(instant(since)),
            ..KeyConditions::NONE
        };
        assert_eq!(
            conditions.matches(&key),
            expected,
            "{last_used_at:?} {since}"
        );
    }
}

#[test]
fn metadata_has_each_text_to_the_byte() {
    let key = ApiKey {
        metadata: Metadata::parse([entry("team", "search"), entry("a.b", "")]).unwrap(),
        ..key()
    };
    for (entries, expected) in [
        (vec![], true),
        (vec![("team", "search")], true),
        (vec![("team", "search"), ("a.b", "")], true),
        (vec![("team", "Search")], false),
        (vec![("team", "")], false),
        (vec![("Team", "search")], false),
        (vec![("team", "search"), ("other", "")], false),
    ] {
        assert_eq!(with_noted(&entries).matches(&key), expected, "{entries:?}");
    }
}

#[test]
fn a_query_has_at_most_eight_names() {
    let entries = |count: usize| (0..count).map(|number| entry(&number.to_string(), ""));
    assert!(Noted::parse(entries(8)).is_ok());
    assert!(Noted::parse(entries(9)).is_err());
    assert!(Noted::parse([entry("a", "\0")]).is_err());
    assert!(Noted::parse([entry(" ", "")]).is_err());
}

#[test]
fn other_conditions_have_other_bytes() {
    let all = [
        KeyConditions::NONE,
        with_status(Status::Active),
        with_status(Status::Expired),
        KeyConditions {
            expires_before: Some(instant(0)),
            ..KeyConditions::NONE
        },
        KeyConditions {
            unused_since: Some(instant(0)),
            ..KeyConditions::NONE
        },
        with_noted(&[("a", "bc")]),
        with_noted(&[("ab", "c")]),
        with_noted(&[("a", "b"), ("c", "")]),
    ];
    for (number, one) in all.iter().enumerate() {
        for (other_number, other) in all.iter().enumerate() {
            let are_same = number == other_number;
            assert_eq!(one.bytes() == other.bytes(), are_same, "{one:?} {other:?}");
        }
    }
    let later = KeyConditions {
        status: Some((Status::Active, instant(9))),
        ..KeyConditions::NONE
    };
    assert_eq!(with_status(Status::Active).bytes(), later.bytes());
}

fn with_status(status: Status) -> KeyConditions {
    KeyConditions {
        status: Some((status, instant(0))),
        ..KeyConditions::NONE
    }
}

fn with_noted(entries: &[(&str, &str)]) -> KeyConditions {
    KeyConditions {
        noted: Some(noted(entries)),
        ..KeyConditions::NONE
    }
}

proptest! {
    /// Each key has one status at each instant, so it is in one of four lists.
    #[test]
    fn a_key_is_in_the_list_of_one_status(
        expires in proptest::option::of(-3_i64..3),
        is_disabled in any::<bool>(),
        is_revoked in any::<bool>(),
        now in -3_i64..3,
    ) {
        let key = ApiKey {
            expires_at: expires.map_or(Expiry::NEVER, |at| Expiry::at(instant(at))),
            disabled_at: is_disabled.then(|| instant(0)),
            revocation: is_revoked.then(|| Revocation {
                at: instant(0),
                reason: RevocationReason::Other,
                comment: None,
            }),
            ..key()
        };
        let lists = Status::ALL.into_iter().filter(|status| {
            let status = Some((*status, instant(now)));
            KeyConditions { status, ..KeyConditions::NONE }.matches(&key)
        });
        prop_assert_eq!(lists.collect::<Vec<_>>(), vec![key.status(instant(now))]);
    }
}
