//! Tests of the server process on both databases.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic fails the test")]

mod access_log;
mod audit_log;
mod backup;
mod clock;
mod commands;
mod connections;
mod contract;
mod database_loss;
mod doctor;
mod documents;
mod explain_key;
mod gateways;
mod gpustack_client;
mod hangup;
mod held_back;
mod import;
mod imported_keys;
mod key_headers;
mod kill;
mod large_answers;
mod limits;
mod lost_answers;
mod lost_log;
mod memory;
mod metrics;
mod observability;
mod owasp;
mod places;
mod policies;
mod pooler;
mod process;
mod promises;
mod quotas;
mod readiness;
mod recorded_events;
mod reset_password;
mod secrets;
mod session_clocks;
mod sessions;
mod settings;
mod stopping;
#[cfg(feature = "failpoints")]
mod supervision;
mod support;
mod verification;
