//! Carries commands out.

mod events;
mod keys;
mod members;
mod organizations;
mod users;

use super::{
    arguments::Administration, client::Client, failure::Failure, fields::Fields, output::Output,
    text::visible,
};
use serde_json::{Map, Value};

/// Does what a command says, with the password that was read if it needs one.
///
/// # Errors
///
/// If it cannot be done, or cannot be printed.
pub fn run(
    command: &Administration,
    password: Option<&str>,
    client: &Client,
    output: &mut Output,
) -> Result<(), Failure> {
    match command {
        Administration::User(action) => users::run(action, password, client, output),
        Administration::Organization(action) => organizations::run(action, client, output),
        Administration::Member(action) => members::run(action, client, output),
        Administration::Key(action) => keys::run(action, client, output),
        Administration::Event(action) => events::run(action, client, output),
    }
}

/// The fields of a body.
#[derive(Default)]
struct Body(Map<String, Value>);

// === impl Body ===

impl Body {
    /// Adds a field, if there is a value.
    fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Adds a field that is taken away.
    fn without(mut self, name: &str, is_taken_away: bool) -> Self {
        if is_taken_away {
            self.0.insert(name.to_owned(), Value::Null);
        }
        self
    }

    fn json(self) -> Value {
        Value::Object(self.0)
    }
}

/// Returns a field of an entry, as a table shows it.
fn cell(fields: &Fields, name: &str) -> String {
    fields
        .get(name)
        .map_or("-".to_owned(), super::output::shown)
}

/// Returns how a question names something.
fn named(what: &str, fields: &Fields, name: &str) -> String {
    let id = cell(fields, "id");
    format!(
        "{what} {:?} (id {id})",
        visible(fields.text(name).unwrap_or_default())
    )
}
