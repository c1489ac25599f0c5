//! How long what is.

use super::group::settings;
use crate::{
    config::{
        retention::Retention,
        setting::flag,
        values::{self, parsed},
    },
    prune::Pruning,
};
use apikey_domain::identity::session::SessionLifetime;

settings! {
    /// How long sessions and events are kept.
    pub struct Records {
        /// How long a session lasts that is not used: a number and d, h, m or s
        session_idle: Retention = flag("TIME", parsed)
            .default("2h")
            .rule(
                "a number and `d`, `h`, `m` or `s`, from `1m` to `30d`, and no longer than \
                 `--session-lifetime`; see [below](#sessions)",
            );

        /// How long a session lasts at most: a number and d, h, m or s
        session_lifetime: Retention = flag("TIME", parsed)
            .default("12h")
            .rule(
                "a number and `d`, `h`, `m` or `s`, from `1m` to `30d`; see [below](#sessions)",
            );

        /// How long to keep the record of changes: a number and d, h, m or s
        event_retention: Retention = flag("TIME", parsed)
            .default("90d")
            .rule(
                "a number and `d`, `h`, `m` or `s`, from `1s` to `36500d`; see \
                 [below](#the-record-of-changes)",
            );

        /// How many percent of the record of changes are deleted at once at most
        event_prune_percent: u64 = flag("NUMBER", values::percent)
            .default("10")
            .rule(
                "a number from 1 to 100: how many percent of the record one run deletes at most; \
                 see [below](#the-record-of-changes)",
            );
    }
}

// === impl Records ===

impl Records {
    /// Returns which events are deleted.
    pub fn pruning(&self) -> Pruning {
        Pruning {
            retention: self.event_retention.0,
            percent: self.event_prune_percent,
        }
    }

    /// Returns how long sessions last.
    ///
    /// # Errors
    ///
    /// The setting that is in the way, its value and what was expected: if it is less than a
    /// minute or more than 30 days, or if a session that is not used would last longer than
    /// any.
    pub(in crate::config) fn lifetime(&self) -> Result<SessionLifetime, Invalid> {
        let [idle, whole] = [self.session_idle, self.session_lifetime]
            .map(|time| i64::try_from(time.0.as_secs()).unwrap_or(i64::MAX));
        SessionLifetime::new(idle, whole).map_err(|invalid| {
            let (name, value) = match invalid.field {
                "session_idle" => ("session-idle", self.session_idle),
                _ => ("session-lifetime", self.session_lifetime),
            };
            Invalid {
                name,
                value: value.to_string(),
                expected: "a minute to 30 days, and --session-idle no longer than \
                           --session-lifetime",
            }
        })
    }
}

/// A setting that does not go with another.
pub(in crate::config) struct Invalid {
    pub(in crate::config) name: &'static str,
    pub(in crate::config) value: String,
    pub(in crate::config) expected: &'static str,
}
