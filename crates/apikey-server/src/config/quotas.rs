//! What each user and organization may have and change.

use super::values;
use apikey_domain::access::quota::{Quota, Quotas};
use clap::Args;
use std::num::NonZeroU64;

/// The flags of [`Quotas`]. None is bounded unless it is said.
#[derive(Args)]
pub(super) struct QuotaFlags {
    /// How many API keys one user may have created [default: any number]
    #[arg(long, global = true, env = "APIKEY_KEYS_PER_USER")]
    #[arg(value_name = "NUMBER", value_parser = values::bound)]
    keys_per_user: Option<NonZeroU64>,

    /// How many API keys one organization may own [default: any number]
    #[arg(long, global = true, env = "APIKEY_KEYS_PER_ORGANIZATION")]
    #[arg(value_name = "NUMBER", value_parser = values::bound)]
    keys_per_organization: Option<NonZeroU64>,

    /// How many changes one user may make in a second, on each node [default: any number]
    #[arg(long, global = true, env = "APIKEY_CHANGES_PER_USER")]
    #[arg(value_name = "NUMBER", value_parser = values::bound)]
    changes_per_user: Option<NonZeroU64>,

    /// How many changes may be made for one organization in a second, on each node [default: any number]
    #[arg(long, global = true, env = "APIKEY_CHANGES_PER_ORGANIZATION")]
    #[arg(value_name = "NUMBER", value_parser = values::bound)]
    changes_per_organization: Option<NonZeroU64>,

    /// How many bytes of events the changes of one user may write in a second, on each node [default: any number]
    #[arg(long, global = true, env = "APIKEY_EVENT_BYTES_PER_USER")]
    #[arg(value_name = "NUMBER", value_parser = values::bound)]
    event_bytes_per_user: Option<NonZeroU64>,

    /// How many bytes of events changes for one organization may write in a second, on each node [default: any number]
    #[arg(long, global = true, env = "APIKEY_EVENT_BYTES_PER_ORGANIZATION")]
    #[arg(value_name = "NUMBER", value_parser = values::bound)]
    event_bytes_per_organization: Option<NonZeroU64>,
}

impl From<QuotaFlags> for Quotas {
    fn from(flags: QuotaFlags) -> Self {
        Self {
            keys: Quota {
                per_user: flags.keys_per_user,
                per_organization: flags.keys_per_organization,
            },
            changes: Quota {
                per_user: flags.changes_per_user,
                per_organization: flags.changes_per_organization,
            },
            event_bytes: Quota {
                per_user: flags.event_bytes_per_user,
                per_organization: flags.event_bytes_per_organization,
            },
        }
    }
}
