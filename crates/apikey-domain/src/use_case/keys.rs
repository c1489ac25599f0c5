//! Use cases of keys: creating, listing, changing, watching and verifying.

pub mod authenticate;
pub mod change_api_keys;
pub mod create_api_key;
#[cfg(feature = "server")]
pub mod create_once;
mod first_use;
pub mod list_api_keys;
pub mod new_owner;
pub mod preview_change;
pub mod read_api_key;
pub mod report_hygiene;
pub mod revoke_api_key;
pub mod rotate_api_key;
#[cfg(feature = "server")]
pub mod rotate_once;
mod secret_check;
pub mod verify;
pub mod walk_api_keys;
#[cfg(feature = "server")]
pub mod watch_api_keys;
