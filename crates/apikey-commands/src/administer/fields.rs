//! An object of the service, whose fields keep the order in which it was sent.

use super::{api_answer, failure::Failure};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use std::fmt;

/// The fields of an object.
pub(super) struct Fields(Vec<(String, Value)>);

// === impl Fields ===

impl Fields {
    /// Reads an object.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        api_answer::read(text)
    }

    /// Returns all fields, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns a field.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.iter()
            .find_map(|(field, value)| (field == name).then_some(value))
    }

    /// Returns a field that is a number.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub(super) fn integer(&self, name: &str) -> Result<i64, Failure> {
        let value = self.get(name).and_then(Value::as_i64);
        value.ok_or_else(|| Failure::unreadable(format!("there is no {name}")))
    }

    /// Returns a field that is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    fields.push(entry);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
    }
}
