//! API keys: their parts, their text form, and what is stored of them.
//!
//! [`token`] has the grammar of the text, [`plain_key`] a new key in the clear,
//! [`mask`] the form shown afterwards and [`digest`] what is stored of the
//! secret. [`scope`], [`model_names`] and [`expiry`] limit what the key may be
//! used for, and until when. [`entropy`] estimates how hard a custom key is to guess.

pub mod api_key;
pub mod creation;
pub mod cursor;
pub mod digest;
pub mod entropy;
pub mod expiry;
pub mod key_name;
pub mod mask;
pub mod model_names;
pub mod place;
pub mod plain_key;
pub mod scope;
pub mod token;
