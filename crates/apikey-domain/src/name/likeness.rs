//! Which names look alike.

use super::{character::is_invisible, composed, dot::undotted, fold};
use blake2::{Blake2b, Digest, digest::consts::U8};
use unicode_normalization::UnicodeNormalization;

/// What a name looks like to a person.
///
/// Two names are alike if they are the same under case folding, whatever blanks and
/// invisible characters are in them, and dots above letters that have one; and, unless
/// both are plain ASCII, if one can be confused with the other, as written, in lower
/// case or in capitals: by the skeleton of
/// [UTS 39](https://www.unicode.org/reports/tr39/), with the feature `confusables`.
///
/// # Example
///
/// ```
/// use apikey_domain::name::Likeness;
///
/// let of = Likeness::of;
/// assert!(of("admin").is_like(&of("Admin")));
/// assert!(of("admin").is_like(&of(" ad\u{200b}min")));
/// assert!(of("admin").is_like(&of("ad min")));
/// assert!(of("admin").is_like(&of("\u{430}dmin")));
/// assert!(!of("modern").is_like(&of("rnodern")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// The name without what is not seen, its case folded.
    folded: String,
    /// How the name can be confused: as written, in lower case, in capitals. The last
    /// is made of `folded`, so that names that fold alike have it in common.
    skeletons: [String; 3],
    is_plain: bool,
}

impl Likeness {
    /// Returns what `name` looks like.
    pub fn of(name: &str) -> Self {
        let seen = seen(&composed(name));
        // Folding may bring blanks: U+00A8 becomes one and a mark.
        let folded = undotted(&self::seen(&fold(&seen)));
        let skeletons = [
            skeleton(&seen),
            lower_skeleton(&seen),
            skeleton(&folded.to_uppercase()),
        ];
        Self {
            folded,
            skeletons,
            is_plain: name.is_ascii(),
        }
    }

    /// Returns whether the two names look alike.
    pub fn is_like(&self, other: &Self) -> bool {
        if self.folded == other.folded {
            return true;
        }
        let is_plain = self.is_plain && other.is_plain;
        let is_shared = |skeleton| other.skeletons.contains(skeleton);
        !is_plain && self.skeletons.iter().any(is_shared)
    }

    /// Returns numbers by which a store finds names that may be alike: two that are
    /// alike have one in common, and few others do. They depend on
    /// [`DERIVATION`](super::DERIVATION).
    pub fn keys(&self) -> [i64; 3] {
        self.skeletons.each_ref().map(|text| number_of(text))
    }
}

/// Returns a number for a text, of one size whatever the text's.
fn number_of(text: &str) -> i64 {
    i64::from_be_bytes(Blake2b::<U8>::digest(text.as_bytes()).into())
}

/// Returns what is seen of a text: nothing invisible, and no blanks.
fn seen(text: &str) -> String {
    let is_seen = |&c: &char| !c.is_whitespace() && !is_invisible(c);
    text.chars().filter(is_seen).collect()
}

/// Returns the skeleton of the text in lower case and without compatibility forms.
/// Full case folding would make `ss` of `ß`, which looks like a Greek `β`. Skeletons
/// come before compatibility forms, since `ſ` looks like `f` and stands for `s`.
fn lower_skeleton(text: &str) -> String {
    let lower = skeleton(&text.to_lowercase());
    let without_forms: String = lower.nfkc().collect();
    skeleton(&seen(&without_forms.to_lowercase()))
}

#[cfg(feature = "confusables")]
fn skeleton(text: &str) -> String {
    let skeleton: String = unicode_security::confusable_detection::skeleton(text).collect();
    undotted(&skeleton)
}

#[cfg(not(feature = "confusables"))]
fn skeleton(text: &str) -> String {
    undotted(&fold(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_are_alike_as_this_table_says() {
        let alike = [
            ("admin", "ADMIN"),
            ("admin", "admin "),
            ("admin", "\u{2003}admin"),
            ("admin", "ad\u{200b}min"),
            ("admin", "\u{202e}admin"),
            ("admin", "admin\u{3164}"),
            ("admin", "ad\u{2800}min"),
            ("admin", "ａｄｍｉｎ"),
            ("вася ", "ВАСЯ"),
            ("straße", "STRASSE"),
            ("οδος", "ΟΔΟΣ"),
            ("jose\u{301}", "José"),
            ("john doe", "john\u{a0}doe"),
            ("john doe", "John  Doe"),
            ("john doe", "johndoe"),
            ("admin", "ad min"),
            ("admin", "ad\u{2009}min"),
            ("admin", "a d\u{3000}M i n"),
            ("admin", "ad\u{fffc}min"),
            ("kin", "ki\u{307}n"),
            ("kin", "KI\u{307}N"),
            ("admin", "ａｄｍｉ\u{307}ｎ"),
            ("victim", "vi\u{307}ctim"),
            ("victim", "vi\u{307}cti\u{307}\u{307}m"),
            ("j", "j\u{307}"),
            ("i\u{307}van", "IVAN"),
            ("\u{200b}", "\u{3164} "),
        ];
        #[cfg(feature = "confusables")]
        let confusable = [
            ("admin", "\u{430}dmin"),
            ("admin", "admın"),
            ("admin", "\u{410}D\u{41c}IN"),
            ("admin", "\u{391}D\u{39c}\u{399}N"),
            ("alice", "a\u{399}ice"),
            ("paypal", "р\u{430}yр\u{430}l"),
            ("scope", "ѕсоре"),
            ("modern", "rnode\u{200b}rn"),
            ("root", "ro\u{3bf}t"),
            ("bob", "𝐛𝐨𝐛"),
            ("нос", "HOC"),
            ("admin", "adm\u{456}\u{307}n"),
            ("admin", "admı\u{307}n"),
            ("admin", "adm\u{3b9}\u{307}n"),
            ("admin", "adm𝐢\u{307}n"),
            ("john", "\u{458}\u{307}ohn"),
            ("Fußball2", "fuβball2"),
            ("FUẞBALL", "fuβball"),
            ("bor", "ⓑoг"),
            ("fan", "ſAN"),
            ("copy", "ϲOPY"),
            ("ad min", "\u{430}dmin"),
        ];
        #[cfg(not(feature = "confusables"))]
        let confusable = [];
        for (one, other) in alike.into_iter().chain(confusable) {
            let (one, other) = (Likeness::of(one), Likeness::of(other));
            assert!(
                one.is_like(&other) && other.is_like(&one),
                "{one:?} {other:?}"
            );
            let (keys, others) = (one.keys(), other.keys());
            assert!(
                keys.iter().any(|key| others.contains(key)),
                "{one:?} {other:?}"
            );
        }
        for (one, other) in [
            ("modern", "rnodern"),
            ("alice", "aIice"),
            ("alice", "a1ice"),
            ("O0", "00"),
            ("josé", "jose"),
            ("müller", "muller"),
            ("żaneta", "zaneta"),
            ("Fußball", "fubball"),
            ("вася", "ваня"),
            ("王", "玉"),
            ("bob-1", "bob_1"),
        ] {
            let (one, other) = (Likeness::of(one), Likeness::of(other));
            assert!(!one.is_like(&other), "{one:?} {other:?}");
        }
    }
}
