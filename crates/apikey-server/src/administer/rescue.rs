//! The way back in where nobody may administer the platform.

use super::refusal::{Password, Refusal};
use crate::{
    control::{NewPassword, Request},
    password_hasher::Argon2idHasher,
};
use apikey_commands::administer::{
    Administration, Failure,
    arguments::{UserAction, UserOne, With},
};
use apikey_domain::{
    identity::password::PlainPassword, use_case::identity::reset_password::hash_new,
};

/// What is said to whoever asks for something else.
const NOBODY: &str = "nobody may administer the platform, so nothing can be done in anybody's \
    name: `apikey-server user create NAME --admin` makes an administrator";
/// What cannot be said of the first one.
const BARE: &str = "nobody may administer the platform: the first who may is made without \
    --full-name, --inactive, --system and --must-change-password";

/// A platform admin to be created by the service itself.
pub(super) struct Rescue {
    pub(super) request: Request,
    pub(super) username: String,
}

/// Returns what a command asks for, if it creates a platform admin.
///
/// # Errors
///
/// If it is another command.
pub(super) async fn of(
    command: &Administration,
    password: Option<&Password>,
) -> anyhow::Result<Rescue> {
    let refused = |message: &str| Refusal(Failure::Refused(message.to_owned()));
    let (Administration::User(UserAction::Create(with)), Some(password)) = (command, password)
    else {
        return Err(refused(NOBODY).into());
    };
    let new = &with.rest;
    if !new.admin {
        return Err(refused(NOBODY).into());
    }
    if new.full_name.is_some() || new.inactive || new.system || new.must_change_password {
        return Err(refused(BARE).into());
    }
    let password = PlainPassword::new(password.as_str());
    let hash = hash_new(&Argon2idHasher::new()?, password).await?;
    let username = new.username.clone();
    Ok(Rescue {
        request: Request::NewAdministrator(NewPassword {
            username: username.clone(),
            hash,
        }),
        username,
    })
}

/// Lets the command show the user.
pub(super) fn becomes_show(command: &mut Administration, username: &str) {
    *command = Administration::User(UserAction::Show(With {
        rest: UserOne {
            user: format!("name:{username}"),
        },
        connection: command.connection().clone(),
    }));
}
