//! The subcommand `user reset-password`.

use crate::{
    config::Config,
    control::{Answer, NewPassword, client},
    data_dir,
    password_hasher::Argon2idHasher,
    serve,
};
use anyhow::{Context, bail};
use apikey_diesel::{ClusterSettings, Database, DatabaseUrl};
use apikey_domain::{
    change::hub::ChangeHub,
    error::{Error, Missing},
    identity::{password::PlainPassword, user::Username},
    system::SystemClock,
    use_case::identity::reset_password::{hash_new, reset_password},
};
use std::{
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

/// How many connections to PostgreSQL the command opens at most.
const CONNECTIONS: usize = 4;
/// How long a server may take to start or to stop, before the command gives up.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two looks at it.
const PAUSE: Duration = Duration::from_millis(100);

/// Gives a user a new password. On SQLite a running server does it; without one, and on
/// PostgreSQL, this process.
///
/// # Errors
///
/// If there is no such user, or the database or the server cannot be reached.
pub fn run(config: &Config, username: &str, password: PlainPassword) -> anyhow::Result<()> {
    if Username::stored(username).is_err() {
        bail!("there is no such user: nobody can have this name");
    }
    let runtime = serve::runtime()?;
    let hash = runtime.block_on(async { hash_new(&Argon2idHasher::new()?, password).await })?;
    let request = NewPassword {
        username: username.to_owned(),
        hash,
    };
    let answer = match &config.database_url {
        DatabaseUrl::Sqlite(path) => on_sqlite(path, request, |request| {
            runtime.block_on(here(config, request))
        }),
        DatabaseUrl::Postgres(_) => runtime.block_on(here(config, request)),
    }?;
    let note = match answer {
        Answer::Done { is_active: true } => "",
        Answer::Done { is_active: false } => ", who is deactivated",
        Answer::NoSuchUser => bail!("there is no user named {username:?}"),
        Answer::Failed(cause) => bail!("the password is not changed: {cause}"),
    };
    // It is changed, whether that can be printed or not.
    let text = format!("changed the password of {username:?}{note}\n");
    if let Err(error) = std::io::stdout().write_all(text.as_bytes()) {
        tracing::warn!(%error, "the password is changed, but that cannot be printed");
    }
    Ok(())
}

/// Does it `here` if no server uses the file, and otherwise has the server do it.
fn on_sqlite(
    path: &Path,
    request: NewPassword,
    here: impl FnOnce(NewPassword) -> anyhow::Result<Answer>,
) -> anyhow::Result<Answer> {
    if !path.exists() {
        bail!("there is no database {}", path.display());
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(_lock) = data_dir::try_lock_database(path)? {
            return here(request);
        }
        if let Some(answer) = client::ask(path, &request)? {
            return Ok(answer);
        }
        // It is about to start or to stop.
        if Instant::now() >= deadline {
            bail!(
                "another process uses {} and takes no commands: stop it first",
                path.display()
            );
        }
        std::thread::sleep(PAUSE);
    }
}

async fn here(config: &Config, request: NewPassword) -> anyhow::Result<Answer> {
    let url = &config.database_url;
    let database = Database::with_connections(url, CONNECTIONS)?;
    let opening = async {
        database.migrate().await?;
        let settings = ClusterSettings {
            listens: false,
            ..config.cluster
        };
        database.open(ChangeHub::new(0), settings).await
    };
    let store = opening
        .await
        .with_context(|| format!("cannot open {url:?}"))?;
    let NewPassword { username, hash } = request;
    let reset = reset_password(&*store.directory, &SystemClock, &username, hash).await;
    store.close().await;
    match reset {
        Ok(user) => Ok(Answer::Done {
            is_active: user.is_active,
        }),
        Err(Error::NotFound(Missing::User)) => Ok(Answer::NoSuchUser),
        Err(error) => Err(error.into()),
    }
}
