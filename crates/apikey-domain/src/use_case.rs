//! What each call does, over the ports.
//!
//! Every use case is a function that takes the caller or tenant context first
//! and the ports second. A use case that answers an error has changed nothing,
//! except that [`crate::Error::Unavailable`] leaves open whether a write took
//! place.

pub mod authenticate;
pub mod bootstrap;
pub mod change_api_keys;
pub mod create_api_key;
pub mod list_api_keys;
pub mod list_events;
pub mod manage_members;
pub mod manage_organizations;
pub mod manage_users;
pub mod own_account;
pub mod verify;
pub mod watch_api_keys;
