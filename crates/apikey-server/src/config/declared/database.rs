//! Where the data is, and the other nodes that use it.

use super::group::settings;
use crate::config::{
    choice::FeedMode,
    on_database_loss::OnDatabaseLoss,
    setting::{flag, shown_as},
    values::{self, parsed},
};
use apikey_diesel::ClusterSettings;
use std::path::PathBuf;

settings! {
    /// Where the data is, and the other nodes that use it.
    pub struct Database {
        /// The folder for the pepper and the first administrator's password
        data_dir: PathBuf = shown_as("PATH", values::path, |path| path.display().to_string())
            .default("data")
            .rule("a folder, created if missing");

        /// The maximum number of connections to PostgreSQL
        database_connections: usize = flag("NUMBER", values::database_connections)
            .default("20")
            .rule(
                "a number from 3 to 1000: the connections to PostgreSQL at most; see \
                 [below](#connections-to-postgresql)",
            )
            .on_postgres();

        /// How a server learns of changes made by other servers on one PostgreSQL database
        feed: FeedMode = flag("MODE", values::choice)
            .default("listen")
            .choices(values::words::<FeedMode>)
            .rule(
                "`listen`: nodes wake each other, and each also reads once a second; `poll`: each \
                 reads once a second. PostgreSQL only; see [below](#several-nodes)",
            )
            .on_postgres();

        /// How to verify keys while PostgreSQL is lost: refuse, or serve-stale:SECONDS
        on_database_loss: OnDatabaseLoss = flag("CHOICE", parsed)
            .default("refuse")
            .rule(
                "`refuse`, or `serve-stale:` and a number of seconds from 1 to 3600. PostgreSQL \
                 only; see [below](#when-the-database-is-lost)",
            )
            .on_postgres();
    }
}

// === impl Database ===

impl Database {
    /// Returns how nodes coordinate, on PostgreSQL.
    pub fn cluster(&self) -> ClusterSettings {
        ClusterSettings {
            listens: self.feed == FeedMode::Listen,
            stale: self.on_database_loss.0,
        }
    }
}
