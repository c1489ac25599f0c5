//! The profile of GPUStack: what the server has because GPUStack has it, and no other
//! service needs.
//!
//! Its keys begin with [`KEY_PREFIX`] unless an installation chooses another prefix, a
//! custom key is shown as [`CUSTOM_KEY_MASK`], the scopes are a closed [`ScopeSet`],
//! [`AllowedModelNames`] limit which models a key may use, and a new password must pass
//! [`check_password_strength`]. The scopes of a [`KeyRing`](crate::key_ring::KeyRing) are
//! texts of yours instead.

mod model_names;
mod password;
mod scope;

pub use model_names::AllowedModelNames;
pub use password::check_password_strength;
pub use scope::{Scope, ScopeSet};

/// The first part of generated keys, unless another one is chosen.
///
/// # Example
///
/// ```
/// use apikey_domain::{gpustack::KEY_PREFIX, key::token::KeyPrefix};
///
/// assert_eq!(KeyPrefix::default().as_str(), KEY_PREFIX);
/// ```
pub const KEY_PREFIX: &str = "gpustack";

/// What is shown of a custom key.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     gpustack::CUSTOM_KEY_MASK,
///     key::{mask::{Origin, masked}, token::{AccessKey, KeyPrefix}},
/// };
///
/// let mask = masked(&KeyPrefix::default(), &AccessKey::new("abc"), Origin::Custom);
/// assert_eq!(mask, CUSTOM_KEY_MASK);
/// ```
pub const CUSTOM_KEY_MASK: &str = "Custom API Key";
