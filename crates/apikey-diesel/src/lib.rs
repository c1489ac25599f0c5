#![doc = include_str!("../README.md")]
//!
//! # How it is made
//!
//! Queries are written once, in `store`, and compiled for each database: the
//! modules `sqlite` and `postgres` both include it, and supply their own
//! connection, locks and way to begin a transaction.

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("apikey-diesel needs a database: enable the feature `sqlite`, `postgres` or both");

mod announcement;
mod cluster_settings;
mod columns;
mod credential_json;
mod database;
mod database_url;
mod event_payload;
mod examination;
mod examine;
mod failure;
pub mod fault;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "postgres")]
mod gpustack;
mod last_time;
mod migrate;
mod name_index;
mod open_store;
mod pool_figures;
#[cfg(feature = "postgres")]
mod postgres;
mod row_lock;
mod rows;
mod schema;
mod single_flight;
#[cfg(feature = "sqlite")]
#[cfg_attr(
    feature = "postgres",
    expect(
        clippy::duplicate_mod,
        reason = "the queries are compiled once for each database"
    )
)]
mod sqlite;
mod stored_names;
mod supervision;
#[cfg(feature = "testing")]
pub mod testing;
mod unreadable_events;

pub use cluster_settings::ClusterSettings;
pub use database::{DEFAULT_CONNECTIONS, Database, Restore};
pub use database_url::DatabaseUrl;
pub use examination::{CERTIFICATE_DAYS, Examination, PepperDigests};
#[cfg(feature = "postgres")]
pub use gpustack::{GpustackSource, GpustackTotals};
pub use name_index::{Extended, NameIndex};
pub use open_store::Store;
pub use pool_figures::PoolFigures;
#[cfg(feature = "sqlite")]
pub use sqlite::backup;
pub use stored_names::{Named, StoredName, StoredNames};
pub use supervision::{Attendance, PartEnded, Supervisor};
