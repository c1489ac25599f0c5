//! Deserializers for fields of request bodies that serde's own do not cover.

use super::number;
use apikey_domain::identity::password::PlainPassword;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::value::RawValue;

/// Deserializes a field that is present, so that `None` stands for an absent
/// field; null is deserialized as `T`. Use it with `#[serde(default)]`.
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Deserializes a password into a type that is wiped when dropped.
pub(crate) fn password<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<PlainPassword, D::Error> {
    String::deserialize(deserializer).map(PlainPassword::new)
}

/// Deserializes a password that is present. Use it with `#[serde(default)]`.
pub(crate) fn given_password<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PlainPassword>, D::Error> {
    password(deserializer).map(Some)
}

/// Deserializes a password that is to be changed: null and the empty text leave it as it
/// is, as consoles send what was not filled in. Use it with `#[serde(default)]`.
pub(crate) fn other_password<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PlainPassword>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()).map(PlainPassword::new))
}

/// Deserializes null or a whole number, which may be written as a float with a
/// fraction of zero, as JavaScript and Python do.
pub(crate) fn optional_whole_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    raw.map(|raw| judged(raw.get())).transpose()
}

/// Deserializes a whole number, as [`optional_whole_number`] does.
pub(crate) fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    judged(Box::<RawValue>::deserialize(deserializer)?.get())
}

fn judged<E: Error>(text: &str) -> Result<i64, E> {
    if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Err(E::custom("expected a JSON number"));
    }
    number::whole(text).ok_or_else(|| E::custom("must be a whole number of 64 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_be_floats() {
        let refused = |text: &str| {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            let error = whole_number(&mut deserializer).unwrap_err();
            error
                .to_string()
                .split(" at line")
                .next()
                .unwrap()
                .to_owned()
        };
        let optional = |text: &str| {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            let number = optional_whole_number(&mut deserializer).ok();
            number.filter(|_| deserializer.end().is_ok())
        };
        for (text, expected) in [
            ("null", Some(None)),
            ("3600", Some(Some(3_600))),
            ("3600.0", Some(Some(3_600))),
            ("-1", Some(Some(-1))),
            ("1e-400", None),
            (r#""3600""#, None),
        ] {
            assert_eq!(optional(text), expected, "{text}");
        }
        for text in ["true", r#""3600""#, "[]", "{}", "null"] {
            assert_eq!(refused(text), "expected a JSON number", "{text}");
        }
        for text in ["0.5", "1e400", "-9223372036854775809"] {
            assert_eq!(refused(text), "must be a whole number of 64 bits", "{text}");
        }
        for text in ["01", "+1", "1.", ".5", "0x10", "NaN", "1_000", "--1"] {
            assert_eq!(optional(text), None, "{text}");
        }
    }
}
