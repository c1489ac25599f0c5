//! The domain's dependencies, as object-safe traits.
//!
//! Each trait states what an implementer MUST do. The conformance suite in
//! `apikey-testing` has a named test for each clause; the in-memory adapter,
//! SQLite and PostgreSQL all run it.

pub mod api_key_repository;
#[cfg(feature = "server")]
pub mod change_feed;
pub mod clock;
pub mod directory;
#[cfg(feature = "server")]
pub mod endings;
#[cfg(feature = "server")]
pub mod event_log;
#[cfg(feature = "server")]
pub mod health;
#[cfg(feature = "server")]
pub mod idempotency_log;
#[cfg(feature = "server")]
pub mod import_store;
pub mod key_facts_source;
pub mod key_facts_store;
pub mod lease;
pub mod password_hasher;
#[cfg(feature = "server")]
pub mod pepper_registry;
pub mod principals;
#[cfg(feature = "server")]
pub mod removals;
pub mod secret_source;
#[cfg(feature = "server")]
pub mod sessions;
pub mod slow_digests;
pub mod usage_recorder;
