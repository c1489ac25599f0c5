//! What stands for a text in memory.

use crate::fingerprint::Fingerprints;

#[test]
fn the_borders_of_the_parts_count() {
    let fingerprints = Fingerprints::new();
    assert_eq!(fingerprints.of(&["ab", "c"]), fingerprints.of(&["ab", "c"]));
    assert_ne!(fingerprints.of(&["ab", "c"]), fingerprints.of(&["a", "bc"]));
    assert_ne!(fingerprints.of(&["abc"]), fingerprints.of(&["abc", ""]));
}

#[test]
fn another_process_makes_others() {
    let (one, other) = (Fingerprints::new(), Fingerprints::new());
    assert_ne!(one.of(&["abc"]), other.of(&["abc"]));
}
