//! The ports of `apikey-domain` over SQLite and PostgreSQL.
//!
//! Queries are written once, in `store`, and compiled for each database: the
//! modules `sqlite` and `postgres` both include it and give it their own
//! connection, locks and way to begin a transaction. Nothing outside
//! this crate knows SQL, and no rule is decided in it: policies arrive as
//! filters and reaches, and counts go back to the domain to be judged.

mod cluster_settings;
mod columns;
mod database;
mod event_payload;
mod failure;
mod migrate;
mod postgres;
mod rows;
mod schema;
#[expect(
    clippy::duplicate_mod,
    reason = "the query text is compiled once for each database"
)]
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
mod unreadable_events;

pub use cluster_settings::ClusterSettings;
pub use database::{Database, DatabaseUrl, Store};
