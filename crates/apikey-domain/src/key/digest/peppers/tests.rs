//! Tests of peppers.

use super::*;
use crate::key::token::KeyPrefix;

fn peppers() -> Peppers {
    Peppers::from_hex(&"0b".repeat(32)).unwrap()
}

#[test]
fn a_digest_moved_to_another_access_key_verifies_nothing() {
    let prefix = KeyPrefix::default();
    let key = PresentedKey::parse(&prefix, "gpustack_aaaa_secret");
    let moved = PresentedKey::parse(&prefix, "gpustack_bbbb_secret");
    let digest = peppers().digest(&key);
    assert!(peppers().verify(&key, Some(&digest)));
    assert!(!peppers().verify(&moved, Some(&digest)));
}

#[test]
fn the_digest_depends_on_the_split_between_access_key_and_secret() {
    let prefix = KeyPrefix::default();
    let one = PresentedKey::parse(&prefix, "gpustack_ab_c");
    let other = PresentedKey::parse(&prefix, "gpustack_a_bc");
    assert_ne!(peppers().digest(&one), peppers().digest(&other));
}

#[test]
fn a_digest_under_an_unknown_pepper_verifies_nothing() {
    let prefix = KeyPrefix::default();
    let key = PresentedKey::parse(&prefix, "gpustack_ab_c");
    let digest = Peppers::from_hex(&"0c".repeat(32)).unwrap().digest(&key);
    assert!(!peppers().verify(&key, Some(&digest)));
}

#[test]
fn the_stored_form_round_trips() {
    let prefix = KeyPrefix::default();
    let digest = peppers().digest(&PresentedKey::parse(&prefix, "gpustack_ab_c"));
    assert_eq!(SecretDigest::parse(&digest.to_text()), Some(digest));
}

#[test]
fn a_short_or_unreadable_pepper_is_refused() {
    for text in ["", "0b", &"0g".repeat(32), &format!("{},", "0b".repeat(32))] {
        assert!(Peppers::from_hex(text).is_err(), "{text:?}");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let text = format!("{:?}", peppers());
    assert!(!text.contains("0b0b"), "{text}");
}
