//! What SQLite does in its own way.

use super::connection::{Connection, establish};
pub(crate) use super::readers::Readers;
use crate::failure::unavailable;
use apikey_domain::port::StoreError;
use diesel::QueryResult;
use std::path::{Path, PathBuf};

/// The dialect.
pub(crate) type Backend = diesel::sqlite::Sqlite;

/// Takes the write lock at once, so that what a transaction reads stays true
/// until it commits.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

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

    pub(crate) async fn connect(&self) -> Result<Connection, StoreError> {
        let connection = establish(&self.path).map_err(unavailable)?;
        Ok(Connection::new(connection))
    }
}

// A transaction holds the whole database, so nothing needs a lock of its own.

pub(crate) async fn lock_api_key(_: &mut Connection, _: i64) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn lock_principal(_: &mut Connection, _: i64) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn lock_user(_: &mut Connection, _: i64) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn lock_platform_admins(_: &mut Connection) -> QueryResult<()> {
    Ok(())
}
