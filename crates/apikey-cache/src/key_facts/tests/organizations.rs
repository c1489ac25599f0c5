//! Which owners are no longer known after a change of their organization.

use crate::key_facts::revisions::Revisions;
use apikey_domain::{
    change::{Change, Transition, invalidator::CacheInvalidator},
    testing::fixture,
};

#[test]
fn only_the_deletion_of_an_organization_makes_owners_unknown() {
    let organization = fixture::organization(11, "acme");
    let (before, after) = (organization.clone(), organization.clone());
    let table = [
        (Transition::Created(organization.clone()), true),
        (Transition::Updated { before, after }, true),
        (Transition::Deleted(organization), false),
    ];
    for (change, expected) in table {
        let revisions = Revisions::new();
        let facts = fixture::key_facts(7, "ci");
        let key = revisions.fingerprint_of("0000000000000007");
        let began = revisions.latest();
        revisions.invalidate(&Change::Organization(change));
        let is_known = revisions.is_owner_current(began, key, &facts.owner);
        let is_current = revisions.is_current(began, key, &facts);
        assert_eq!((is_known, is_current), (expected, expected));
    }
}
