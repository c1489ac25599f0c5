//! Which facts are stale after a change that cannot be read.

use crate::key_facts::revisions::Revisions;
use apikey_domain::{
    change::{event::EventKind, invalidator::CacheInvalidator, recorded::UnreadableChange},
    identifier::{ApiKeyId, PrincipalId, UserId},
    testing::fixture,
};

/// Returns whether the facts of key 7 of user 1 in principal 11, and its absence,
/// are current after a change of this kind that names these ids.
fn are_current(kind: &str, (key, user, principal): Ids) -> (bool, bool) {
    let revisions = Revisions::new();
    let facts = fixture::key_facts(7, "ci");
    let fingerprint = revisions.fingerprint_of("0000000000000007");
    let began = revisions.latest();
    revisions.invalidate_unreadable(&UnreadableChange {
        kind: EventKind::parse(kind).ok(),
        api_key_id: key.map(ApiKeyId),
        user_id: user.map(UserId),
        principal_id: principal.map(PrincipalId),
    });
    let is_current = revisions.is_current(began, fingerprint, &facts);
    (is_current, revisions.is_still_absent(began, fingerprint))
}

type Ids = (Option<i64>, Option<i64>, Option<i64>);

#[test]
fn each_id_that_an_unreadable_change_names_is_stale_by_itself() {
    let table = [
        ("user.updated", (None, Some(1), None), (false, true)),
        ("member.deleted", (None, Some(1), Some(40)), (false, true)),
        (
            "organization.updated",
            (None, None, Some(11)),
            (false, true),
        ),
        (
            "organization.updated",
            (None, Some(2), Some(11)),
            (false, true),
        ),
        // The key belongs to somebody else by now.
        (
            "api_key.deleted",
            (Some(7), Some(2), Some(40)),
            (false, false),
        ),
        ("user.updated", (Some(7), Some(2), None), (false, false)),
        (
            "api_key.created",
            (Some(8), Some(2), Some(40)),
            (true, false),
        ),
        ("user.updated", (None, Some(2), Some(12)), (true, true)),
    ];
    for (kind, ids, expected) in table {
        assert_eq!(are_current(kind, ids), expected, "{kind} {ids:?}");
    }
}

#[test]
fn everything_is_stale_if_the_kind_is_unknown_or_nothing_is_named() {
    let table = [
        ("user.suspended", (None, Some(2), Some(12))),
        ("api_key.disabled", (Some(8), Some(2), None)),
        ("organization.deleted", (None, None, None)),
    ];
    for (kind, ids) in table {
        assert_eq!(are_current(kind, ids), (false, false), "{kind} {ids:?}");
    }
}
