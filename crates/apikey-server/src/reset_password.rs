//! The subcommand `user reset-password`.

use crate::{
    command,
    config::Config,
    control::{Answer, NewPassword, Request},
    log,
    password_hasher::Argon2idHasher,
    serve,
};
use anyhow::bail;
use apikey_domain::{
    identity::{password::PlainPassword, user::Username},
    use_case::identity::reset_password::hash_new,
};

/// Returns the name of a user who is given by it. Elsewhere a number is an id, and somebody else
/// may be meant.
fn named(given: &str) -> anyhow::Result<&str> {
    if let Some(name) = given.strip_prefix("name:") {
        return Ok(name);
    }
    let id = given.strip_prefix("id:").unwrap_or(given);
    if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
        bail!(
            "{given} is an id: give the name with which they sign in, as name:NAME if it is a number"
        );
    }
    Ok(given)
}

/// Gives a user a new password. On SQLite a running server does it; without one, and on
/// PostgreSQL, this process.
///
/// # Errors
///
/// If there is no such user, or the database or the server cannot be reached.
pub fn run(config: &Config, username: &str, password: PlainPassword) -> anyhow::Result<()> {
    let username = named(username)?;
    if Username::stored(username).is_err() {
        bail!("there is no such user: nobody can have this name");
    }
    let runtime = serve::runtime()?;
    let hash = runtime.block_on(async { hash_new(&Argon2idHasher::new()?, password).await })?;
    let request = Request::NewPassword(NewPassword {
        username: username.to_owned(),
        hash,
    });
    let note = match command::carry_out(config, &runtime, request)? {
        Answer::Done { is_active: true } => "",
        Answer::Done { is_active: false } => ", who is deactivated",
        Answer::NoSuchUser => bail!("there is no user named {username:?}"),
        Answer::Failed(cause) => bail!("the password is not changed: {cause}"),
        other => bail!("the running server answered something else: {other:?}"),
    };
    log::done(&format!("changed the password of {username:?}{note}\n"));
    Ok(())
}
