//! How a cluster is set up.

use crate::postgres::role;

/// What a cluster promises about the data that it acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Survives a loss of power, as a server in production does: for
    /// measurements.
    Durable,
    /// Promises nothing and is faster for it: for tests.
    Throwaway,
}

/// How a cluster is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the cluster promises about acknowledged data.
    pub durability: Durability,
    /// How many connections the server takes at a time.
    pub max_connections: u16,
}

// === impl Settings ===

impl Settings {
    /// Returns the lines that follow initdb's own in `postgresql.conf`.
    ///
    /// There is no Unix socket: nothing uses it, and the path of a temporary
    /// folder can be too long for one. The log is kept long enough for a standby
    /// that was away.
    pub(super) fn file(&self) -> String {
        let promise = match self.durability {
            Durability::Durable => "on",
            Durability::Throwaway => "off",
        };
        format!(
            "listen_addresses = '127.0.0.1'\n\
             unix_socket_directories = ''\n\
             max_connections = {connections}\n\
             fsync = {promise}\n\
             full_page_writes = {promise}\n\
             synchronous_commit = {promise}\n\
             wal_keep_size = 256MB\n\
             include_if_exists = '{role}'\n",
            connections = self.max_connections,
            role = role::FILE,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_durable_cluster_keeps_every_promise_and_a_throwaway_one_none() {
        for (durability, promise, other) in [
            (Durability::Durable, "fsync = on\n", "= off"),
            (Durability::Throwaway, "fsync = off\n", "= on"),
        ] {
            let settings = Settings {
                durability,
                max_connections: 7,
            };
            let file = settings.file();
            assert!(file.contains(promise) && !file.contains(other), "{file}");
        }
    }
}
