//! How the fields of bodies are read where serde's own way is not enough.

use apikey_domain::identity::password::PlainPassword;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Number;

/// Reads a field that is there, so that `None` is left to one that is absent;
/// null is read as `T` reads it. To be used with `#[serde(default)]`.
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Reads a password, which from then on is wiped when dropped.
pub(crate) fn password<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<PlainPassword, D::Error> {
    String::deserialize(deserializer).map(PlainPassword::new)
}

/// Reads a password that is there. To be used with `#[serde(default)]`.
pub(crate) fn given_password<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PlainPassword>, D::Error> {
    password(deserializer).map(Some)
}

/// Reads null or a whole number, also one that is written with a fraction of
/// zero, as JavaScript and Python do.
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

/// The integer a float stands for exactly.
fn integral(float: f64) -> Option<i64> {
    // 2^63, the first that is too large; its negative is the last that fits.
    const END: f64 = 9_223_372_036_854_775_808.0;
    ((-END..END).contains(&float) && float.fract() == 0.0).then_some(float as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_as_the_table_says() {
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
