//! Fields of a body that its type does not know.

use super::field_names;
use crate::{
    error::{HttpError, place::Place},
    near_name::{KnownNames, simplified},
};
use serde::{
    Deserializer,
    de::{DeserializeOwned, DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor},
};

/// A body, and what becomes of fields that it does not know.
///
/// A misspelled field that is ignored often grants more than was meant: a key without
/// an expiry, or with every scope.
pub(crate) trait RequestBody: DeserializeOwned {
    /// What becomes of them. A new call says [`OtherFields::Refused`], and so do the
    /// types inside its body, as `#[serde(deny_unknown_fields)]`.
    const OTHER_FIELDS: OtherFields;
}

/// What becomes of fields that a body does not know.
pub(crate) enum OtherFields {
    /// All are refused. For calls that only we have.
    Refused,
    /// Those that may have been meant to be something are refused; GPUStack, whose
    /// calls these are, ignores all.
    RefusedIfNear {
        /// Parts of names that mean something, and the field that means it, if there is
        /// one. The field is named where it is known.
        words: &'static [(&'static str, Option<&'static str>)],
        /// Names that clients send without meaning anything by them, exactly so.
        harmless: &'static [&'static str],
    },
}

// === impl OtherFields ===

impl OtherFields {
    /// Refuses those whose names are almost right.
    pub(crate) const NEAR: Self = Self::RefusedIfNear {
        words: &[],
        harmless: &[],
    };

    /// Returns the refusal of a field that is not among `known`, if it is refused.
    fn refusal(&self, given: &str, known: &[&'static str], near: &KnownNames) -> Option<HttpError> {
        let nearest = || near.nearest(given);
        match self {
            Self::Refused => Some(match nearest() {
                Some(name) => unknown(given, Some(name)),
                None => {
                    let rule = format!("unknown field, expected one of {}", known.join(", "));
                    HttpError::invalid_at(within(Place::BODY, given), rule)
                }
            }),
            Self::RefusedIfNear { harmless, .. } if harmless.contains(&given) => None,
            Self::RefusedIfNear { words, .. } => match nearest() {
                Some(name) => Some(unknown(given, Some(name))),
                None => containing(given, words).map(|name| {
                    let name = name.filter(|name| known.contains(name));
                    unknown(given, name)
                }),
            },
        }
    }
}

/// Checks the names of the fields of a JSON object for `T`. Text that is not JSON is
/// left to others.
///
/// # Errors
///
/// 422 for the first field that is refused.
pub(super) fn check<T: RequestBody>(text: &str) -> Result<(), HttpError> {
    let known = field_names::of::<T>();
    let mut names = Names {
        known,
        near: KnownNames::new(known),
        others: &T::OTHER_FIELDS,
        refusal: None,
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let _read = deserializer.deserialize_map(&mut names);
    names.refusal.map_or(Ok(()), Err)
}

/// Looks at the names of an object.
struct Names<'a> {
    known: &'static [&'static str],
    near: KnownNames,
    others: &'a OtherFields,
    refusal: Option<HttpError>,
}

impl<'de> Visitor<'de> for &mut Names<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while object.next_key_seed(Name(self))?.is_some() {
            object.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Looks at one name, and ends the reading if it is refused.
struct Name<'a, 'n>(&'a mut Names<'n>);

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: Error>(self, given: &str) -> Result<(), E> {
        let Self(names) = self;
        if names.known.contains(&given) {
            return Ok(());
        }
        names.refusal = names.others.refusal(given, names.known, &names.near);
        match names.refusal {
            Some(_) => Err(E::custom("refused")),
            None => Ok(()),
        }
    }
}

/// Returns what the first of these words in a name means.
fn containing(
    given: &str,
    words: &[(&'static str, Option<&'static str>)],
) -> Option<Option<&'static str>> {
    let lower: String = given.to_lowercase();
    let simple: String = simplified(given).into_iter().collect();
    // Short words would be found across the boundaries of others.
    let is_in = |word: &str| lower.contains(word) || (word.len() > 3 && simple.contains(word));
    let found = words.iter().find(|(word, _)| is_in(word));
    found.map(|(_, name)| *name)
}

fn unknown(given: &str, meant: Option<&str>) -> HttpError {
    let place = within(Place::BODY, given);
    match meant {
        Some(name) => {
            let rule = format!("unknown field, did you mean '{name}'?");
            HttpError::invalid_at(place, rule)
        }
        None => HttpError::invalid_at(place, "unknown field"),
    }
}

/// Returns where a field of the object at `place` is; the object if the name of the field
/// looks like something else, which may be a secret.
pub(super) fn within(place: Place, given: &str) -> Place {
    let is_in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (1..=40).contains(&given.len()) && given.bytes().all(is_in_name) {
        place.field(given.to_owned())
    } else {
        place
    }
}
