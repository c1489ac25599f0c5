//! Lifetimes as a program writes them.

use crate::key::expiry::Lifetime;
use std::time::Duration;

impl Lifetime {
    /// Returns a lifetime of so many hours.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::key_ring::Lifetime;
    /// use std::time::Duration;
    ///
    /// assert_eq!(Lifetime::hours(1), Lifetime::from(Duration::from_secs(3_600)));
    /// ```
    pub const fn hours(hours: u32) -> Self {
        Self::For(Duration::from_secs(hours as u64 * 3_600))
    }

    /// Returns a lifetime of so many days of 24 hours.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::key_ring::Lifetime;
    ///
    /// assert_eq!(Lifetime::days(1), Lifetime::hours(24));
    /// ```
    pub const fn days(days: u32) -> Self {
        Self::For(Duration::from_secs(days as u64 * 86_400))
    }
}

impl From<Duration> for Lifetime {
    fn from(duration: Duration) -> Self {
        Self::For(duration)
    }
}
