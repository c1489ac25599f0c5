//! What each user and organization may have and change.

use super::group::settings;
use crate::config::{setting::flag, values};
use apikey_domain::access::quota::{Quota, Quotas};
use std::num::NonZeroU64;

settings! {
    /// What each user and organization may have and change.
    pub struct Bounds {
        /// How many lists of one user are read at once
        lists_per_user: Option<usize> = flag("NUMBER", values::positive)
            .or_none("half of those that are read at once")
            .rule(
                "a number from 1: how many lists of one user are read at once; see \
                 [below](#lists-of-one-user)",
            );

        /// How many watches one user may have at once
        watches_per_user: usize = flag("NUMBER", values::positive)
            .default("10000")
            .rule(
                "a number from 1: how many watches one user may have at once; see \
                 [below](#limits-and-timeouts)",
            );

        /// How many watches there may be at once on behalf of one organization
        watches_per_organization: usize = flag("NUMBER", values::positive)
            .default("10000")
            .rule(
                "a number from 1: how many watches there may be at once on behalf of one \
                 organization, or of one user for their own keys",
            );

        /// How many API keys one user may have created
        keys_per_user: Option<NonZeroU64> = flag("NUMBER", values::bound)
            .or_none("any number")
            .rule(
                "a number from 1: how many API keys one user may have created; see \
                 [below](#quotas)",
            );

        /// How many API keys one organization may own
        keys_per_organization: Option<NonZeroU64> = flag("NUMBER", values::bound)
            .or_none("any number")
            .rule(
                "a number from 1: how many API keys one organization may own; see \
                 [below](#quotas)",
            );

        /// How many changes one user may make in a second, on each node
        changes_per_user: Option<NonZeroU64> = flag("NUMBER", values::bound)
            .or_none("any number")
            .rule(
                "a number from 1: how many changes one user may make in a second, on each node; \
                 see [below](#quotas)",
            );

        /// How many changes may be made for one organization in a second, on each node
        changes_per_organization: Option<NonZeroU64> = flag("NUMBER", values::bound)
            .or_none("any number")
            .rule(
                "a number from 1: how many changes may be made for one organization in a second, \
                 on each node; see [below](#quotas)",
            );

        /// How many bytes of events the changes of one user may write in a second, on each node
        event_bytes_per_user: Option<NonZeroU64> = flag("NUMBER", values::bound)
            .or_none("any number")
            .rule(
                "a number from 1: how many bytes of events the changes of one user may write in a \
                 second, on each node; see [below](#quotas)",
            );

        /// How many bytes of events changes for one organization may write in a second, on each
        /// node
        event_bytes_per_organization: Option<NonZeroU64> = flag("NUMBER", values::bound)
            .or_none("any number")
            .rule(
                "a number from 1: how many bytes of events changes for one organization may write \
                 in a second, on each node; see [below](#quotas)",
            );
    }
}

// === impl Bounds ===

impl Bounds {
    /// Returns how much of keys, changes and events.
    pub fn quotas(&self) -> Quotas {
        let quota = |per_user, per_organization| Quota {
            per_user,
            per_organization,
        };
        Quotas {
            keys: quota(self.keys_per_user, self.keys_per_organization),
            changes: quota(self.changes_per_user, self.changes_per_organization),
            event_bytes: quota(self.event_bytes_per_user, self.event_bytes_per_organization),
        }
    }
}
