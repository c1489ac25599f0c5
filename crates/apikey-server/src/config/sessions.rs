//! How long sessions last.

use super::{refused::Refused, retention::Retention};
use apikey_domain::identity::session::SessionLifetime;
use clap::Args;

/// The flags of [`SessionLifetime`].
#[derive(Args)]
pub(super) struct SessionFlags {
    /// How long a session lasts that is not used: a number and d, h, m or s
    #[arg(long, global = true, env = "APIKEY_SESSION_IDLE", default_value = "2h")]
    #[arg(value_name = "TIME")]
    session_idle: Retention,

    /// How long a session lasts at most: a number and d, h, m or s
    #[arg(
        long,
        global = true,
        env = "APIKEY_SESSION_LIFETIME",
        default_value = "12h"
    )]
    #[arg(value_name = "TIME")]
    session_lifetime: Retention,
}

// === impl SessionFlags ===

impl SessionFlags {
    /// Returns how long sessions last.
    ///
    /// # Errors
    ///
    /// [`Refused`] if it is less than a minute or more than 30 days, or if one that is not
    /// used would last longer than any.
    pub(super) fn lifetime(&self) -> Result<SessionLifetime, Refused> {
        let [idle, whole] = [self.session_idle, self.session_lifetime]
            .map(|time| i64::try_from(time.0.as_secs()).unwrap_or(i64::MAX));
        SessionLifetime::new(idle, whole).map_err(|invalid| {
            let (flag, value) = match invalid.field {
                "session_idle" => ("--session-idle", self.session_idle),
                _ => ("--session-lifetime", self.session_lifetime),
            };
            let expected = "a minute to 30 days, and --session-idle no longer than \
                            --session-lifetime";
            Refused::new(flag, &value.to_string(), expected)
        })
    }
}
