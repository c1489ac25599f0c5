//! What is stored of a key: a keyed digest, never the secret.
//!
//! A digest is HMAC-SHA256 under the pepper over the access key and the secret
//! together, so that a digest moved to another row verifies nothing. Its text
//! form names the algorithm and the pepper: `hmac-sha256$<pepper id>$<hex>`.

mod peppers;
mod secret_digest;

pub use peppers::Peppers;
pub use secret_digest::{PepperId, SecretDigest};
