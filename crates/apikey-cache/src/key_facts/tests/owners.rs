//! Tests of the deduplication of owners.

use crate::key_facts::owners::Owners;
use apikey_domain::{identity::user::Username, testing::fixture};
use std::sync::Arc;

#[test]
fn keys_of_one_user_share_their_owner_until_it_changes() {
    let owners = Owners::new();
    let mut first = Arc::new(fixture::key_facts(1, "one"));
    let mut second = Arc::new(fixture::key_facts(2, "two"));
    assert!(owners.share(&mut first, 1));
    assert!(!owners.share(&mut second, 2));
    assert!(Arc::ptr_eq(&first.owner, &second.owner));

    let mut renamed = fixture::key_facts(3, "three");
    let mut owner = (*renamed.owner).clone();
    owner.user_name = Username::parse("alicia").unwrap();
    renamed.owner = Arc::new(owner);
    let mut renamed = Arc::new(renamed);
    assert!(owners.share(&mut renamed, 3));
    assert_eq!(renamed.owner.user_name.as_str(), "alicia");
}

#[test]
fn owners_without_keys_are_removed() {
    let owners = Owners::new();
    for number in 0..10_000 {
        let mut facts = fixture::key_facts(1, "one");
        let mut owner = (*facts.owner).clone();
        owner.user_id = fixture::user_id(number);
        facts.owner = Arc::new(owner);
        owners.share(&mut Arc::new(facts), 1);
    }
    assert!(owners.len() <= Owners::PURGE_MINIMUM);
}
