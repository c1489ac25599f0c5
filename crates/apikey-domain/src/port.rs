//! What the domain needs from outside, as object-safe traits.
//!
//! Each trait says what an implementer MUST do; the conformance suite in
//! `testing::conformance` (feature `testing`) has a named test for each
//! clause, and the in-memory adapter, SQLite and PostgreSQL all run it.

pub mod api_key_repository;
pub mod change_feed;
pub mod clock;
pub mod directory;
pub mod event_log;
pub mod key_facts_source;
pub mod key_facts_store;
pub mod lease;
pub mod password_hasher;
pub mod principals;
pub mod secret_source;
pub mod usage_recorder;
