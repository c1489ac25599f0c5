//! Tests of fingerprints.

use crate::key_facts::fingerprint::Fingerprints;

#[test]
fn each_text_has_its_own_fingerprint() {
    let fingerprints = Fingerprints::new();
    assert_eq!(fingerprints.of("abc"), fingerprints.of("abc"));
    for other in ["", "ab", "abcd", "abd", "abc\0"] {
        assert_ne!(fingerprints.of("abc"), fingerprints.of(other), "{other:?}");
    }
}

#[test]
fn two_processes_compute_different_fingerprints() {
    let (one, other) = (Fingerprints::new(), Fingerprints::new());
    assert_ne!(one.of("abc"), other.of("abc"));
}
