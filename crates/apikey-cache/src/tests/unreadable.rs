//! Which facts are out of date after a change that cannot be read.

use crate::revisions::Revisions;
use apikey_domain::{
    change::{event::EventKind, invalidator::CacheInvalidator, recorded::UnreadableChange},
    identifier::{ApiKeyId, UserId},
    testing::fixture,
};

/// Returns whether facts of a key of user 1, and its absence, are still current after
/// a change of this kind that names this key and this user.
fn are_current(kind: &str, key: Option<i64>, user: Option<i64>) -> (bool, bool) {
    let revisions = Revisions::new();
    let facts = fixture::key_facts(7, "ci");
    let fingerprint = revisions.fingerprint_of("0000000000000007");
    let began = revisions.latest();
    revisions.unreadable(&UnreadableChange {
        kind: EventKind::parse(kind).ok(),
        api_key_id: key.map(ApiKeyId),
        user_id: user.map(UserId),
        principal_id: Some(fixture::principal_id(11)),
    });
    let is_current = revisions.is_current(began, fingerprint, &facts.owner);
    (is_current, revisions.is_still_absent(began, fingerprint))
}

#[test]
fn what_an_unreadable_change_names_is_out_of_date_and_nothing_else() {
    assert_eq!(fixture::key_facts(7, "ci").owner.user_id, UserId(1));
    let table = [
        ("user.updated", None, Some(1), (false, true)),
        ("member.deleted", None, Some(1), (false, true)),
        ("api_key.deleted", Some(7), Some(1), (false, false)),
        ("api_key.created", Some(8), Some(2), (true, false)),
        ("user.updated", None, Some(2), (true, true)),
    ];
    for (kind, key, user, expected) in table {
        assert_eq!(are_current(kind, key, user), expected, "{kind} {user:?}");
    }
}

#[test]
fn everything_is_out_of_date_when_the_kind_is_unknown_or_no_user_is_named() {
    let table = [
        ("user.suspended", None, Some(2)),
        ("api_key.disabled", Some(8), Some(2)),
        ("organization.deleted", None, None),
        ("api_key.deleted", Some(8), None),
    ];
    for (kind, key, user) in table {
        let current = are_current(kind, key, user);
        assert_eq!(current, (false, false), "{kind} {user:?}");
    }
}
