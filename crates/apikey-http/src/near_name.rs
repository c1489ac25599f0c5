//! Names that are almost right.

/// The names that are known where one is looked for.
pub(crate) struct KnownNames(Vec<(Vec<char>, &'static str)>);

// === impl KnownNames ===

impl KnownNames {
    /// Returns these names.
    pub(crate) fn new(names: &[&'static str]) -> Self {
        let all = names.iter().map(|name| (simplified(name), *name));
        Self(all.collect())
    }

    /// Returns the known name that `given` is, or was probably meant to be: it
    /// differs in the case of letters, in what separates words, and by at most one
    /// edit. An edit adds, omits or replaces one character, or swaps two neighbors.
    pub(crate) fn nearest(&self, given: &str) -> Option<&'static str> {
        let given = simplified(given);
        let mut known = self.0.iter();
        let nearest = known.find(|(known, _)| is_within_one_edit(known, &given));
        nearest.map(|(_, name)| *name)
    }
}

/// Returns a name in lower case and without what separates words.
pub(crate) fn simplified(name: &str) -> Vec<char> {
    let is_kept = |letter: &char| !letter.is_whitespace() && !matches!(letter, '_' | '-' | '.');
    let letters = name.chars().filter(is_kept);
    letters.flat_map(char::to_lowercase).collect()
}

/// Takes time in proportion to the length, unlike an edit distance.
fn is_within_one_edit(one: &[char], other: &[char]) -> bool {
    if one.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let (one, other) = without_common_start(one, other);
    let (one, other) = without_common_end(one, other);
    match (one, other) {
        ([], [] | [_]) | ([_], [] | [_]) => true,
        ([first, second], [third, fourth]) => first == fourth && second == third,
        _ => false,
    }
}

fn without_common_start<'a>(one: &'a [char], other: &'a [char]) -> (&'a [char], &'a [char]) {
    let both = one.iter().zip(other);
    let common = both.take_while(|(one, other)| one == other).count();
    (&one[common..], &other[common..])
}

fn without_common_end<'a>(one: &'a [char], other: &'a [char]) -> (&'a [char], &'a [char]) {
    let both = one.iter().rev().zip(other.iter().rev());
    let common = both.take_while(|(one, other)| one == other).count();
    (&one[..one.len() - common], &other[..other.len() - common])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_that_is_almost_right_is_near() {
        let known = KnownNames::new(&["name", "scope", "expires_in", "allowed_model_names"]);
        let table = [
            ("scope", Some("scope")),
            ("Scope", Some("scope")),
            ("SCOPE", Some("scope")),
            ("scopes", Some("scope")),
            ("scop", Some("scope")),
            ("socpe", Some("scope")),
            ("skope", Some("scope")),
            (" scope ", Some("scope")),
            ("expiresIn", Some("expires_in")),
            ("expires-in", Some("expires_in")),
            ("expires.in", Some("expires_in")),
            ("Expires-Im", Some("expires_in")),
            ("expire_in", Some("expires_in")),
            ("allowedModelName", Some("allowed_model_names")),
            ("ＳＣＯＰＥ", None),
            ("", None),
            ("s", None),
            ("user_name", None),
            ("epocs", None),
            ("soepc", None),
            ("is_custom", None),
        ];
        for (given, expected) in table {
            assert_eq!(known.nearest(given), expected, "{given}");
        }
        assert_eq!(KnownNames::new(&[]).nearest("scope"), None);
    }

    proptest! {
        #[test]
        fn any_one_edit_is_near(
            name in "[a-z]{2,12}",
            at in any::<prop::sample::Index>(),
            other in "[a-z]",
        ) {
            let letters: Vec<char> = name.chars().collect();
            let at = at.index(letters.len());
            let other = other.chars().next().unwrap();
            let (mut added, mut omitted) = (letters.clone(), letters.clone());
            let (mut replaced, mut swapped) = (letters.clone(), letters.clone());
            added.insert(at, other);
            omitted.remove(at);
            replaced[at] = other;
            let neighbor = (at + 1).min(letters.len() - 1);
            swapped.swap(at, neighbor);
            for edited in [added, omitted, replaced, swapped] {
                prop_assert!(is_within_one_edit(&letters, &edited));
                prop_assert!(is_within_one_edit(&edited, &letters));
            }
        }
    }
}
