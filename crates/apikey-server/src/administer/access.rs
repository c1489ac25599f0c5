//! Access to the service of the database of the settings.

use super::{
    here::Service,
    refusal::{Password, Refusal},
    rescue::{self, Rescue},
};
use crate::{
    command::{PATIENCE, PAUSE},
    config::Config,
    control::{Answer, Handed, Request, client},
    data_dir::{self, DatabaseLock},
};
use anyhow::bail;
use apikey_commands::administer::{Administration, Client, Credential, Failure, ServerUrl};
use apikey_diesel::DatabaseUrl;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

/// Access to a service.
pub(super) struct Access {
    pub(super) client: Arc<Client>,
    /// What serves it, if this process does.
    service: Option<Service>,
}

/// Access, and whether what the command asks for is done.
pub(super) struct Opened {
    pub(super) access: Access,
    pub(super) is_done: bool,
}

/// Who hands out a session.
enum Desk {
    /// The server that uses a database file.
    Server(PathBuf),
    /// This process.
    Here(Box<Service>),
}

// === impl Access ===

impl Access {
    /// Returns access to a server.
    pub(super) fn to(client: Client) -> Self {
        Self {
            client: Arc::new(client),
            service: None,
        }
    }

    /// Gives it back. The session has ended before.
    pub(super) async fn close(self) {
        if let Some(service) = self.service {
            service.stop().await;
        }
    }
}

// === impl Opened ===

impl Opened {
    /// Returns access with which all is still to be done.
    pub(super) fn whole(access: Access) -> Self {
        Self {
            access,
            is_done: false,
        }
    }
}

/// Opens a session in the name of a platform admin. Where there is none, and one is to be
/// created, that is done, and the command becomes what shows it.
///
/// # Errors
///
/// If the database or the server cannot be reached, or the session is refused.
pub(super) async fn open(
    config: Config,
    command: &mut Administration,
    password: Option<&Password>,
) -> anyhow::Result<Opened> {
    let name = command.connection().in_name_of.clone();
    let desk = desk(config).await?;
    let asked = Request::OperatorSession(name.clone());
    let handed = match ask(&desk, asked).await {
        Ok(Answer::NoAdministrator) => None,
        Ok(answer) => Some(handed(answer, name.as_deref())),
        Err(error) => Some(Err(error)),
    };
    let rescued = match handed {
        Some(handed) => handed.map(|handed| (handed, false)),
        None => rescued(&desk, command, password).await,
    };
    let (handed, is_done) = match rescued {
        Ok(opened) => opened,
        Err(error) => {
            desk.close().await;
            return Err(error);
        }
    };
    let url: Result<ServerUrl, _> = format!("http://{}", handed.address).parse();
    let url = url.map_err(anyhow::Error::msg)?;
    let client = Client::new(url, Credential::Session(handed.token.to_text())).map_err(Refusal)?;
    let access = Access {
        client: Arc::new(client),
        service: desk.service(),
    };
    Ok(Opened { access, is_done })
}

async fn rescued(
    desk: &Desk,
    command: &mut Administration,
    password: Option<&Password>,
) -> anyhow::Result<(Handed, bool)> {
    let Rescue { request, username } = rescue::of(command, password).await?;
    match ask(desk, request).await? {
        Answer::Done { .. } => {}
        other => return Err(failed(other)),
    }
    rescue::becomes_show(command, &username);
    let answer = ask(desk, Request::OperatorSession(Some(username.clone()))).await?;
    Ok((handed(answer, Some(&username))?, true))
}

fn handed(answer: Answer, name: Option<&str>) -> anyhow::Result<Handed> {
    match (answer, name) {
        (Answer::Session(handed), _) => Ok(handed),
        (Answer::NoSuchUser, Some(name)) => {
            let message = format!("there is no user named {name:?}");
            Err(Refusal(Failure::NotFound(message)).into())
        }
        (Answer::Refused(cause), name) => {
            let who = name.unwrap_or("the first platform admin");
            let message = format!("nothing can be done in the name of {who:?}: {cause}");
            Err(Refusal(Failure::Refused(message)).into())
        }
        (other, _) => Err(failed(other)),
    }
}

fn failed(answer: Answer) -> anyhow::Error {
    match answer {
        Answer::Refused(cause) => Refusal(Failure::Refused(cause)).into(),
        Answer::Failed(cause) => anyhow::Error::msg(cause),
        other => anyhow::anyhow!("the running server answered something else: {other:?}"),
    }
}

/// Returns who hands out sessions: the server that uses a database file, or this process.
async fn desk(config: Config) -> anyhow::Result<Desk> {
    let file = match &config.database_url {
        DatabaseUrl::Sqlite(path) => Some(path.clone()),
        DatabaseUrl::Postgres(_) => None,
    };
    let Some(path) = file else {
        return Desk::here(config, None).await;
    };
    if !path.exists() {
        bail!("there is no database {}", path.display());
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(lock) = data_dir::try_lock_database(&path)? {
            return Desk::here(config, Some(lock)).await;
        }
        if listens(&path).await? {
            return Ok(Desk::Server(path));
        }
        // It is about to start or to stop.
        if Instant::now() >= deadline {
            bail!(
                "another process uses {} and takes no commands: stop it first",
                path.display()
            );
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listens(path: &Path) -> anyhow::Result<bool> {
    let path = path.to_owned();
    Ok(tokio::task::spawn_blocking(move || client::listens(&path)).await?)
}

async fn ask(desk: &Desk, request: Request) -> anyhow::Result<Answer> {
    let path = match desk {
        Desk::Here(service) => return Ok(service.answer(request).await),
        Desk::Server(path) => path.clone(),
    };
    let asking = tokio::task::spawn_blocking(move || client::ask(&path, &request));
    match asking.await?? {
        Some(answer) => Ok(answer),
        None => bail!("the running server has stopped meanwhile"),
    }
}

// === impl Desk ===

impl Desk {
    async fn here(config: Config, lock: Option<DatabaseLock>) -> anyhow::Result<Self> {
        let service = Service::start(config, lock).await?;
        Ok(Self::Here(Box::new(service)))
    }

    fn service(self) -> Option<Service> {
        match self {
            Self::Server(_) => None,
            Self::Here(service) => Some(*service),
        }
    }

    async fn close(self) {
        if let Self::Here(service) = self {
            service.stop().await;
        }
    }
}
