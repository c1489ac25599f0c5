//! Requests that are sent again because their answer was lost.
//!
//! A client names a request by an [`IdempotencyKey`]. What the request made is remembered for
//! 24 hours, so sending it again makes nothing more. The secret that was made can be answered
//! again for five minutes. It is kept sealed under the pepper and the idempotency key, which
//! is not kept: neither the store nor the service can open it alone.
//!
//! [`RepeatableRequest`] tells requests apart and seals, [`Attempt`] is what a store gets of
//! one, and [`Remembered`] is what it keeps.

mod attempt;
mod content;
mod idempotency_key;
mod remembered;
mod request;
mod request_digest;
mod sealed;

pub use attempt::{Attempt, Repeat};
pub use content::Content;
pub use idempotency_key::IdempotencyKey;
pub use remembered::{Remembered, Span};
pub use request::{RepeatableRequest, Route};
pub use request_digest::RequestDigest;
pub use sealed::Sealed;
