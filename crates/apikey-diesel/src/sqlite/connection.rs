//! A SQLite connection that the shared query text can use.

use crate::failure::unavailable;
use apikey_domain::error::PortError;
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection};
use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use futures_util::future::BoxFuture;
use std::{
    error::Error,
    path::{Path, PathBuf},
};

/// Statements run on the thread that calls them: the query text is
/// asynchronous, each of its futures is ready at once. A hop to another thread
/// for each statement, as the wrapper makes by default, costs several times the
/// statement.
pub(crate) type Connection = SyncConnectionWrapper<SqliteConnection, Inline>;

/// Runs work where it is called.
pub(crate) struct Inline;

impl SpawnBlocking for Inline {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn Error + Send + Sync + 'static>>>
    where
        R: Send + 'static,
    {
        Box::pin(std::future::ready(Ok(task())))
    }

    fn get_runtime() -> Self {
        Self
    }
}

/// Where connections come from.
#[derive(Clone)]
pub(crate) struct Source {
    path: PathBuf,
}

impl Source {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    pub(crate) async fn connect(&self) -> Result<Connection, PortError> {
        let connection = establish(&self.path).map_err(unavailable)?;
        Ok(Connection::new(connection))
    }
}

/// What every connection is told. `synchronous=FULL`: a commit that was
/// answered outlives a power cut.
const PRAGMAS: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
";

/// Opens the file, creating it when it is not there.
pub(crate) fn establish(path: &Path) -> diesel::ConnectionResult<SqliteConnection> {
    let path = path.to_str().ok_or_else(|| {
        diesel::ConnectionError::InvalidConnectionUrl("the path is not valid UTF-8".to_owned())
    })?;
    let mut connection = SqliteConnection::establish(path)?;
    connection
        .batch_execute(PRAGMAS)
        .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}
