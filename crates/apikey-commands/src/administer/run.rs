//! Carries commands out.

mod events;
mod keys;
mod members;
mod organizations;
mod parts;
mod users;

use super::{arguments::Administration, client::Client, failure::Failure, output::Output};

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
