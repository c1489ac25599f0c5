//! What an API key is: its parts, its text, and what is stored of it.
//!
//! [`token`] has the grammar of the text, [`plain_key`] a new key in the clear,
//! [`mask`] what is shown of it ever after and [`digest`] what is stored of its
//! secret. [`scope`], [`model_names`] and [`expiry`] say what it may be used
//! for, and until when.

pub mod api_key;
pub mod digest;
pub mod expiry;
pub mod key_name;
pub mod mask;
pub mod model_names;
pub mod plain_key;
pub mod scope;
pub mod token;
