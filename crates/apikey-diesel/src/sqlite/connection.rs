//! SQLite connections.

use crate::failure::unavailable;
use apikey_domain::error::PortError;
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection};
use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use futures_util::future::BoxFuture;
use std::{
    error::Error,
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
};

/// The connection on which the queries run. Statements run on the calling thread:
/// the queries are asynchronous, but each of their futures is ready at once. A switch
/// to another thread for each statement, the wrapper's default, costs several times as
/// much as the statement.
pub(crate) type Connection = SyncConnectionWrapper<SqliteConnection, Inline>;

/// Runs tasks on the calling thread.
pub(crate) struct Inline;

// === impl Inline ===

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

/// A connection to the file, which is the only one.
pub(crate) struct OpenConnection(Connection);

/// Opens connections.
#[derive(Clone)]
pub(crate) struct Source {
    path: PathBuf,
}

// === impl Source ===

impl Source {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    pub(crate) async fn connect(&self) -> Result<OpenConnection, PortError> {
        let connection = establish(&self.path).map_err(unavailable)?;
        Ok(OpenConnection(Connection::new(connection)))
    }

    /// Returns whether slow changes can have a connection of their own.
    pub(crate) fn has_slow_lane(&self) -> bool {
        false
    }

    /// Does nothing: a statement runs on the calling thread, so it has ended.
    pub(crate) async fn cancel(&self, _: &Connection) {}
}

// === impl OpenConnection ===

impl OpenConnection {
    /// Returns true: a file has no other server.
    pub(crate) fn is_current(&self) -> bool {
        true
    }

    /// Does nothing: a file that cannot be written stays the same file.
    pub(crate) fn distrust(&self) {}

    pub(crate) fn into_inner(self) -> Connection {
        self.0
    }
}

impl Deref for OpenConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for OpenConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

/// The settings of every connection. With `synchronous=FULL` a commit that was
/// answered survives a power failure.
const PRAGMAS: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
";

/// Opens the file, and creates it if it does not exist.
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
