//! Whether a server copies another, and who copies it.
//!
//! The role is a file of its own among the settings, so that it can be changed
//! while the server runs. A base backup copies the file, too: it is written again
//! before a copy starts.

/// The file in the folder of the data with the settings of the role.
pub(super) const FILE: &str = "role.conf";

/// The file beside it that makes a server start as a standby.
pub(super) const SIGNAL: &str = "standby.signal";

/// The name under which a standby connects to its primary.
const NAME: &str = "standby";

/// What a primary waits for before it answers a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replication {
    /// For nothing: what its standby has not received yet is lost with it.
    Asynchronous,
    /// For its standby, which then has the commit on its disk, as far as the client
    /// leaves `synchronous_commit` on. While there is no standby, commits wait.
    Synchronous,
}

/// What a server is to others.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    /// Others may copy it.
    Primary(Replication),
    /// It copies the server on this port of this machine.
    Standby { primary: u16 },
    /// It is a standby that receives nothing.
    CutOff,
}

// === impl Role ===

impl Role {
    /// Returns the contents of the file.
    pub(super) fn settings(self) -> String {
        match self {
            Self::Primary(Replication::Asynchronous) => String::new(),
            Self::Primary(Replication::Synchronous) => {
                format!("synchronous_standby_names = '{NAME}'\n")
            }
            Self::Standby { primary } => format!(
                "primary_conninfo = 'host=127.0.0.1 port={primary} user=apikey \
                 application_name={NAME}'\n\
                 recovery_target_timeline = 'latest'\n"
            ),
            Self::CutOff => "primary_conninfo = ''\n".to_owned(),
        }
    }
}
