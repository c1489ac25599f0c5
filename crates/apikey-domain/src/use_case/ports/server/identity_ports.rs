//! How a service gets the ports of sessions.

use crate::use_case::ports::{IdentityPorts, SessionPorts};

impl IdentityPorts {
    /// Lets users begin sessions.
    #[must_use]
    pub fn with_sessions(mut self, sessions: SessionPorts) -> Self {
        self.sessions = Some(sessions);
        self
    }
}
