//! The names of the fields of a type.

use serde::{
    de::{Deserializer, Visitor, value::Error},
    forward_to_deserialize_any,
};

/// Returns the names of the fields that a derived `Deserialize` knows.
pub(super) fn of<T: serde::de::DeserializeOwned>() -> &'static [&'static str] {
    let mut names = &[][..];
    // Fails in any case: there is nothing to read.
    let _unread = T::deserialize(Asked(&mut names));
    names
}

/// Takes down the names that a type asks for.
struct Asked<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("nothing to read"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only the names are asked for")]
    struct ExampleBody {
        name: String,
        #[serde(rename = "perPage")]
        per_page: Option<i64>,
    }

    #[test]
    fn the_names_are_those_of_the_json() {
        assert_eq!(of::<ExampleBody>(), ["name", "perPage"]);
        assert!(of::<Vec<String>>().is_empty());
    }
}
