//! The ports of sessions.

use crate::{
    identity::session::{SessionLifetime, SessionUses},
    key::digest::SharedPeppers,
    port::sessions::Sessions,
};
use std::sync::Arc;

/// The ports that sessions need.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::session::SessionLifetime, testing::fixture, use_case::ports::SessionPorts,
/// };
/// use apikey_testing::Memory;
/// use std::sync::Arc;
///
/// let ports = SessionPorts::new(Arc::new(Memory::new()), Arc::new(fixture::peppers()))
///     .lasting(SessionLifetime::new(600, 3_600).unwrap());
/// assert_eq!(ports.lifetime.idle_seconds(), 600);
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct SessionPorts {
    /// Storage of sessions.
    pub store: Arc<dyn Sessions>,
    /// The peppers of this installation.
    pub peppers: SharedPeppers,
    /// The uses that wait to be stored.
    pub uses: Arc<SessionUses>,
    /// How long sessions last. Nodes that share a store should have the same.
    pub lifetime: SessionLifetime,
}

// === impl SessionPorts ===

impl SessionPorts {
    /// Returns the ports of sessions that last as long as usual. Whoever makes them must
    /// store the [`uses`](Self::uses) now and then
    /// ([`store_uses`](crate::use_case::identity::sessions::store_uses)).
    pub fn new(store: Arc<dyn Sessions>, peppers: impl Into<SharedPeppers>) -> Self {
        Self {
            store,
            peppers: peppers.into(),
            uses: Arc::default(),
            lifetime: SessionLifetime::default(),
        }
    }

    /// Lets sessions last so long.
    #[must_use]
    pub fn lasting(mut self, lifetime: SessionLifetime) -> Self {
        self.lifetime = lifetime;
        self
    }
}
