//! Which server is the primary, and whether a connection leads to it.
//!
//! One address may lead to another server tomorrow. All connections of a node share what
//! is known: the server, and a generation that ends when another server is found, or when
//! the server turns out to be read-only. Nothing that a connection of an earlier generation
//! returns counts. `docs/cluster.md` has the protocol.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::watch;

/// A PostgreSQL server, as it identifies itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// Which data it has: servers that replicate each other share it.
    pub(crate) system_identifier: i64,
    /// Which history: each promotion begins another, with a higher number.
    pub(crate) timeline: i64,
}

/// Counts how often the connections of this node lost their validity.
pub(crate) type Generation = u64;

/// A server that has an older history than one that was seen before.
#[derive(Debug, thiserror::Error)]
#[error(
    "the server is on timeline {found}, and this process has worked with timeline {known}: the \
     address of the database leads to a primary that was replaced"
)]
pub(crate) struct Outdated {
    found: i64,
    known: i64,
}

/// What this node knows of the primary. Clones share one state.
#[derive(Clone)]
pub(crate) struct Primary {
    server: Arc<Mutex<Option<Server>>>,
    generation: Arc<AtomicU64>,
    changes: watch::Sender<Generation>,
}

// === impl Primary ===

impl Primary {
    pub(crate) fn new() -> Self {
        Self {
            server: Arc::default(),
            generation: Arc::default(),
            changes: watch::Sender::new(0),
        }
    }

    /// Admits a connection to a primary. Returns the generation that it belongs to: a
    /// new one if the server is another than before.
    ///
    /// # Errors
    ///
    /// If the history of the server is older than one that was seen: it was replaced.
    pub(crate) fn admit(&self, found: Server) -> Result<Generation, Outdated> {
        let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        match *server {
            Some(known) if known == found => return Ok(self.generation()),
            Some(known)
                if known.system_identifier == found.system_identifier
                    && known.timeline > found.timeline =>
            {
                return Err(Outdated {
                    found: found.timeline,
                    known: known.timeline,
                });
            }
            None => {}
            Some(known) => {
                tracing::warn!(
                    ?known,
                    ?found,
                    "the database is another server: every connection is opened again"
                );
                self.end(self.generation());
            }
        }
        *server = Some(found);
        Ok(self.generation())
    }

    /// Ends a generation, because a connection of it leads to a server that is read-only.
    /// Does nothing if it has ended.
    pub(crate) fn distrust(&self, generation: Generation) {
        let _server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_current(generation) {
            tracing::warn!("the database is read-only: every connection is opened again");
            self.end(generation);
        }
    }

    pub(crate) fn generation(&self) -> Generation {
        self.generation.load(Ordering::SeqCst)
    }

    pub(crate) fn is_current(&self, generation: Generation) -> bool {
        self.generation() == generation
    }

    /// Waits until a generation has ended.
    pub(crate) async fn ended(&self, generation: Generation) {
        let mut changes = self.changes.subscribe();
        // Cannot fail: `self` holds a sender.
        let _ = changes.wait_for(|current| *current != generation).await;
    }

    /// Ends a generation. The caller holds the lock.
    fn end(&self, generation: Generation) {
        self.generation.store(generation + 1, Ordering::SeqCst);
        self.changes.send_replace(generation + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(system_identifier: i64, timeline: i64) -> Server {
        Server {
            system_identifier,
            timeline,
        }
    }

    #[test]
    fn connections_to_one_server_share_a_generation() {
        let primary = Primary::new();
        let first = primary.admit(server(1, 1)).unwrap();
        assert_eq!(primary.admit(server(1, 1)).unwrap(), first);
        assert!(primary.is_current(first));
    }

    #[test]
    fn another_history_or_other_data_ends_the_generation() {
        let primary = Primary::new();
        let first = primary.admit(server(1, 1)).unwrap();
        let promoted = primary.admit(server(1, 2)).unwrap();
        assert!(!primary.is_current(first) && primary.is_current(promoted));
        let restored = primary.admit(server(2, 1)).unwrap();
        assert!(!primary.is_current(promoted) && primary.is_current(restored));
    }

    #[test]
    fn a_server_that_was_replaced_is_refused() {
        let primary = Primary::new();
        let current = primary.admit(server(1, 2)).unwrap();
        let refused = primary.admit(server(1, 1)).unwrap_err();
        assert!(refused.to_string().contains("timeline 1"));
        assert!(primary.is_current(current));
    }

    #[tokio::test]
    async fn a_read_only_server_is_distrusted_once() {
        let primary = Primary::new();
        let first = primary.admit(server(1, 1)).unwrap();
        primary.distrust(first);
        primary.ended(first).await;
        let second = primary.admit(server(1, 1)).unwrap();
        assert_ne!(first, second);
        primary.distrust(first);
        assert!(primary.is_current(second));
    }
}
