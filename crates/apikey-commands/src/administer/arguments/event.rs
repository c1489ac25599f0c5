//! `event`

use super::common::{Connection, With};
use clap::{Args, Subcommand};

/// What is asked of the record of changes.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum EventAction {
    /// List what was recorded, the oldest first
    List(With<EventList>),
    /// Print what is recorded from now on, until it is interrupted
    Follow(With<EventFollow>),
}

/// Which events.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct EventFilter {
    /// Only those about this key: its id, or its name
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Only those about this user, their keys and memberships
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Only those about this organization, its members and the keys it owns
    #[arg(long, value_name = "ORG")]
    pub org: Option<String>,
    /// Only those of this kind, as in api_key.deleted
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
}

/// Which events that have been.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct EventList {
    #[command(flatten)]
    /// Which.
    pub filter: EventFilter,
    /// Only those after this position, which is the id of an event
    #[arg(long, value_name = "POSITION")]
    pub after: Option<String>,
    /// Only those from this instant on, as in 2026-12-31T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    pub since: Option<String>,
    /// Only those before this instant
    #[arg(long, value_name = "INSTANT")]
    pub until: Option<String>,
}

/// Which events that will be.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct EventFollow {
    #[command(flatten)]
    /// Which.
    pub filter: EventFilter,
    /// Begin after this position, which is the id of an event [default: now]
    #[arg(long, value_name = "POSITION")]
    pub after: Option<String>,
}

// === impl EventAction ===

impl EventAction {
    pub(super) fn connection(&self) -> &Connection {
        match self {
            Self::List(with) => &with.connection,
            Self::Follow(with) => &with.connection,
        }
    }
}
