//! Deserializers for fields of request bodies that serde's own do not cover.

use apikey_domain::identity::password::PlainPassword;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Number;

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

/// Deserializes null or a whole number, which may be written as a float with a
/// fraction of zero, as JavaScript and Python do.
pub(crate) fn whole_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    let Some(number) = Option::<Number>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let integer = number.as_i64().or_else(|| integral(number.as_f64()?));
    let rule = "must be a whole number of 64 bits";
    integer.map(Some).ok_or_else(|| D::Error::custom(rule))
}

/// Returns the integer that a float represents exactly.
fn integral(float: f64) -> Option<i64> {
    // 2^63, the smallest that is too large; its negative is the smallest that fits.
    const END: f64 = 9_223_372_036_854_775_808.0;
    ((-END..END).contains(&float) && float.fract() == 0.0).then_some(float as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_be_floats() {
        let table = [
            ("null", Some(None)),
            ("3600", Some(Some(3_600))),
            ("3600.0", Some(Some(3_600))),
            ("3.6e3", Some(Some(3_600))),
            ("-1", Some(Some(-1))),
            ("9223372036854775807", Some(Some(i64::MAX))),
            ("9223372036854775808", None),
            ("-9223372036854775808", Some(Some(i64::MIN))),
            ("1e30", None),
            ("0.5", None),
            ("true", None),
            (r#""3600""#, None),
            ("[]", None),
        ];
        for (text, expected) in table {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            assert_eq!(whole_number(&mut deserializer).ok(), expected, "{text}");
        }
    }
}
