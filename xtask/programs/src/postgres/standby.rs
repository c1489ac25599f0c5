//! A cluster whose server copies another's: a standby, and how the two change
//! places.

use crate::postgres::{
    cluster::Cluster,
    role::{Replication, Role},
};
use anyhow::Result;

// === impl Cluster ===

impl Cluster {
    /// Creates a copy of a running cluster and starts it as a standby, with the
    /// same settings, on a port of its own. It takes connections that read. The
    /// primary does not wait for it yet.
    pub fn start_standby_of(primary: &Self) -> Result<Self> {
        Self::create(None, Some(primary.port()))
    }

    /// Says what this primary waits for from now on.
    pub fn set_replication(&mut self, replication: Replication) -> Result<()> {
        self.change_role(Role::Primary(replication))
    }

    /// Has this standby receive nothing any more, as if the network between the two
    /// were cut. Its connection to the primary ends soon afterwards.
    pub fn stop_receiving(&mut self) -> Result<()> {
        self.change_role(Role::CutOff)
    }

    /// Starts a server that was stopped as a standby of another, which may be a
    /// standby itself, on the same port. It first replays what its own log holds.
    pub fn start_server_as_standby_of(&mut self, primary: &Self) -> Result<()> {
        let primary = primary.port();
        self.set_role(Role::Standby { primary })?;
        self.start_server()
    }

    /// Makes this standby a primary that waits for no standby, and waits until it
    /// writes.
    pub fn promote(&mut self) -> Result<()> {
        self.set_role(Role::Primary(Replication::Asynchronous))?;
        self.order("promote", "end its time as a standby")
    }

    fn change_role(&mut self, role: Role) -> Result<()> {
        self.set_role(role)?;
        self.order("reload", "read its settings again")
    }
}
