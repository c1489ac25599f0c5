//! Runs migrations.

#[cfg(feature = "postgres")]
mod postgres;
mod run;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "postgres")]
pub(crate) use postgres::{
    migrate as postgres, newest as newest_of_postgres, versions as postgres_versions,
};
pub(crate) use run::Direction;
#[cfg(feature = "sqlite")]
pub(crate) use sqlite::{
    migrate as sqlite, newest as newest_of_sqlite, versions as sqlite_versions,
};
