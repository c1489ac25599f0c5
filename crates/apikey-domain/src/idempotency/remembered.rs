//! What is kept of a request, and for how long.

use super::{request_digest::RequestDigest, sealed::Sealed};
use crate::{identifier::ApiKeyId, timestamp::Timestamp};

/// What a store keeps of a request.
///
/// # Example
///
/// ```
/// use apikey_domain::{idempotency::{Remembered, RequestDigest}, testing::fixture};
///
/// let row = Remembered {
///     request: RequestDigest::stored(&[1; 32]).unwrap(),
///     content: [2; 32],
///     created_at: fixture::instant(),
///     api_key_id: fixture::api_key(7, "ci").id,
///     sealed: None,
/// };
/// assert!(Remembered::kept_at(fixture::instant()).contains(row.created_at));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Which request it is. A store has each once.
    pub request: RequestDigest,
    /// A code, under the pepper, of what the request asked for.
    pub content: [u8; 32],
    /// When it was sent.
    pub created_at: Timestamp,
    /// The key that it made or changed.
    pub api_key_id: ApiKeyId,
    /// The secret that it made, until it is wiped.
    pub sealed: Option<Sealed>,
}

/// Instants after one, and up to another.
///
/// # Example
///
/// ```
/// use apikey_domain::{idempotency::Span, testing::fixture};
///
/// let now = fixture::instant();
/// let span = Span { after: now, until: now.plus_seconds(1).unwrap() };
/// assert!(!span.contains(now) && span.contains(span.until));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Comes right before the first of them.
    pub after: Timestamp,
    /// The last of them.
    pub until: Timestamp,
}

// === impl Remembered ===

impl Remembered {
    /// How long a request is remembered, in seconds: a day.
    pub const SECONDS: i64 = 86_400;
    /// How long the secret that it made can be answered again, in seconds: five minutes.
    pub const SHOWN_SECONDS: i64 = 300;

    /// Returns when a request was sent that is still remembered at `now`. A date that is
    /// more than a day ahead is that of a wrong clock.
    pub fn kept_at(now: Timestamp) -> Span {
        Span {
            after: shifted(now, -Self::SECONDS),
            until: shifted(now, Self::SECONDS),
        }
    }

    /// Returns until when a secret may be opened that may be opened at `now`. A date that is
    /// more than twice five minutes ahead is that of a wrong clock.
    pub fn open_at(now: Timestamp) -> Span {
        Span {
            after: now,
            until: shifted(now, 2 * Self::SHOWN_SECONDS),
        }
    }
}

// === impl Span ===

impl Span {
    /// Returns whether `instant` is one of them.
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.after < instant && instant <= self.until
    }
}

/// Returns the instant so many seconds later, or the end of the calendar.
pub(super) fn shifted(instant: Timestamp, seconds: i64) -> Timestamp {
    let end = match seconds.is_negative() {
        true => Timestamp::MIN,
        false => Timestamp::MAX,
    };
    instant.plus_seconds(seconds).unwrap_or(end)
}
