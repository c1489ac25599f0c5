//! The schemas of bodies, collected by name.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// The schemas that operations refer to.
#[derive(Default)]
pub(super) struct Schemas(Map<String, Value>);

// === impl Schemas ===

impl Schemas {
    /// Adds the schema of a type and what it refers to; returns a reference to it.
    pub(super) fn of<T: ToSchema>(&mut self) -> Value {
        let mut referred = Vec::new();
        T::schemas(&mut referred);
        for (name, schema) in referred {
            self.named(&name, value(&schema));
        }
        self.named(&T::name(), own::<T>())
    }

    /// Adds a schema under a name; returns a reference to it.
    pub(super) fn named(&mut self, name: &str, schema: Value) -> Value {
        self.0.insert(name.to_owned(), schema);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// Returns the schema of this name.
    pub(super) fn get(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// Returns the schemas by their names.
    pub(super) fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

/// Returns the schema of a type.
pub(super) fn own<T: ToSchema>() -> Value {
    value(&T::schema())
}

/// Returns the schema of a list, each entry of which is as described.
pub(super) fn list(entry: Value) -> Value {
    json!({"type": "array", "items": entry})
}

/// Returns the schema of an object with these fields, which are all there.
pub(super) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let required: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    let required = json!(required);
    json!({"type": "object", "properties": Map::from_iter(fields.map(owned)), "required": required})
}

fn owned((name, schema): (&str, Value)) -> (String, Value) {
    (name.to_owned(), schema)
}

/// A schema is made of texts, numbers and lists, so it can be written.
fn value(schema: &impl serde::Serialize) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}
