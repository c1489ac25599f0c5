//! What is stored of a key's secret: a keyed digest.
//!
//! A digest is the HMAC-SHA256, keyed with the pepper, of the access key and the
//! secret together, so a digest that is moved to another row verifies nothing.
//! Its text form names the algorithm and the pepper:
//! `hmac-sha256$<pepper id>$<hex>`.

mod peppers;
mod secret_digest;

#[cfg(feature = "server")]
pub(crate) use peppers::Pepper;
pub use peppers::Peppers;
pub(crate) use peppers::TAG_BYTES;
pub use secret_digest::{PepperId, SecretDigest};
