//! What is stored of a key's secret: a digest.
//!
//! Ours is the HMAC-SHA256, keyed with the pepper, of the access key and the
//! secret together, so a digest that is moved to another row verifies nothing.
//! Its text form names the algorithm and the pepper:
//! `hmac-sha256$<pepper id>$<hex>`.
//!
//! A key that was brought along from another service has a [foreign digest](ForeignDigest)
//! until it is used for the first time: then ours replaces it. The text of a
//! [`StoredDigest`] says which it is. A key has one digest, and no secret is tried on two.

mod foreign;
mod peppers;
mod secret_digest;
mod shared_peppers;
mod stored_digest;

pub use foreign::{
    Argon2id, Bcrypt, ForeignDigest, HashedText, SaltedSha256, SlowDigest, WholeSha256,
};
#[cfg(feature = "server")]
pub(crate) use peppers::Pepper;
pub use peppers::Peppers;
pub(crate) use peppers::TAG_BYTES;
pub use secret_digest::{PepperId, SecretDigest};
pub use shared_peppers::{PeppersInUse, SharedPeppers};
pub use stored_digest::StoredDigest;
