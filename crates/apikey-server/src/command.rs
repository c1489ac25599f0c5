//! Where commands are carried out: on SQLite by a running server, and without one, and on
//! PostgreSQL, by the process of the command.

use crate::{
    config::Config,
    control::{Answer, Request, client, served::Served},
    data_dir,
};
use anyhow::{Context, bail};
use apikey_diesel::{ClusterSettings, Database, DatabaseUrl};
use apikey_domain::{change::hub::ChangeHub, port::clock::Clock, system::SystemClock};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// How many connections to PostgreSQL a command opens at most.
pub(crate) const CONNECTIONS: usize = 4;
/// How long a server may take to start or to stop, before the command gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two looks at it.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);

/// Does what a command asks for.
///
/// # Errors
///
/// If the database or the server cannot be reached.
pub(crate) fn carry_out(
    config: &Config,
    runtime: &Runtime,
    request: Request,
) -> anyhow::Result<Answer> {
    let here = |request| runtime.block_on(here(config, request));
    match &config.database_url {
        DatabaseUrl::Sqlite(path) => on_sqlite(path, request, here, |answer| answer),
        DatabaseUrl::Postgres(_) => here(request),
    }
}

/// Asks the server that uses a database file. Returns `None` if none does.
///
/// # Errors
///
/// If the server cannot be reached.
pub(crate) fn ask_server(path: &Path, request: Request) -> anyhow::Result<Option<Answer>> {
    if path.exists() {
        on_sqlite(path, request, |_| Ok(None), Some)
    } else {
        Ok(None)
    }
}

/// Does it `here` if no server uses the file, and otherwise has the server do it.
fn on_sqlite<T>(
    path: &Path,
    request: Request,
    here: impl FnOnce(Request) -> anyhow::Result<T>,
    there: impl FnOnce(Answer) -> T,
) -> anyhow::Result<T> {
    if !path.exists() {
        bail!("there is no database {}", path.display());
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(_lock) = data_dir::try_lock_database(path)? {
            return here(request);
        }
        if let Some(answer) = client::ask(path, &request)? {
            return Ok(there(answer));
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

async fn here(config: &Config, request: Request) -> anyhow::Result<Answer> {
    let url = &config.database_url;
    let database = Database::with_connections(url, CONNECTIONS)?;
    let hint = match request {
        Request::NewPassword(_)
        | Request::Import(_)
        | Request::ReloadPeppers
        | Request::OperatorSession(_)
        | Request::NewAdministrator(_) => "",
        Request::ExplainKey(_) | Request::Peppers => {
            ", whose schema must be that of this release (see `migrate`)"
        }
    };
    let opening = async {
        // A question changes nothing, the schema least of all.
        if !matches!(request, Request::ExplainKey(_) | Request::Peppers) {
            database.migrate().await?;
            database.adopt_backup(SystemClock.now())?;
        }
        let settings = ClusterSettings {
            listens: false,
            ..config.database.cluster()
        };
        database.open(ChangeHub::new(0), settings).await
    };
    let store = opening
        .await
        .with_context(|| format!("cannot open {url:?}{hint}"))?;
    let answer = Served::of(&store).answer(request).await;
    store.close().await;
    Ok(answer)
}
