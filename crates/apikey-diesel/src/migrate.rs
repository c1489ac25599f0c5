//! Runs migrations.

#[cfg(feature = "postgres")]
mod postgres;
mod run;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "postgres")]
pub(crate) use postgres::{migrate as postgres, versions as postgres_versions};
pub(crate) use run::Direction;
#[cfg(feature = "sqlite")]
pub(crate) use sqlite::{migrate as sqlite, versions as sqlite_versions};
