//! What is done with keys: issuing, listing, changing, watching, verifying.

pub mod authenticate;
pub mod change_api_keys;
pub mod create_api_key;
pub mod list_api_keys;
pub mod list_events;
pub mod verify;
pub mod watch_api_keys;
