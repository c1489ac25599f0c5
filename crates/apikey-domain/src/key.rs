//! API keys: their parts, their text form, and what is stored of them.
//!
//! [`token`] has the grammar of the text, [`plain_key`] a new key in the clear,
//! [`mask`] the form shown afterwards and [`digest`] what is stored of the
//! secret. [`expiry`] limits until when the key may be used. [`entropy`] estimates how
//! hard a custom key is to guess. What it may be used for is in [`crate::gpustack`], and
//! [`rights`] compares how much two keys may do. [`status`] says what has become of a key,
//! and [`changes`] what may become of it. It has one [`credential`] or several, which take
//! each other's place by [`rotation`]. What a list is narrowed to is in [`conditions`].

pub mod api_key;
pub mod change_refused;
pub mod changes;
pub mod conditions;
pub mod creation;
pub mod credential;
pub mod cursor;
pub mod digest;
pub mod entropy;
pub mod expiry;
pub mod hint;
pub mod key_name;
pub mod mask;
pub mod metadata;
#[cfg(feature = "server")]
pub mod pepper_order;
pub mod place;
pub mod plain_key;
pub mod revocation;
pub mod rights;
pub mod rotation;
pub mod status;
pub mod token;
