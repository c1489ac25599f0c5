//! What several of them use.

use crate::{
    administer::{fields::Fields, output::shown},
    text::visible,
};
use serde_json::{Map, Value};

/// The fields of a body.
#[derive(Default)]
pub(super) struct Body(Map<String, Value>);

// === impl Body ===

impl Body {
    /// Adds a field, if there is a value.
    pub(super) fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Adds a field that is taken away.
    pub(super) fn without(mut self, name: &str, is_taken_away: bool) -> Self {
        if is_taken_away {
            self.0.insert(name.to_owned(), Value::Null);
        }
        self
    }

    /// Returns it.
    pub(super) fn json(self) -> Value {
        Value::Object(self.0)
    }
}

/// Returns a field of an entry, as a table shows it.
pub(super) fn cell(fields: &Fields, name: &str) -> String {
    fields.get(name).map_or("-".to_owned(), shown)
}

/// Returns how a question names something.
pub(super) fn named(what: &str, fields: &Fields, name: &str) -> String {
    let id = cell(fields, "id");
    format!(
        "{what} {:?} (id {id})",
        visible(fields.text(name).unwrap_or_default())
    )
}
