//! Tests of the server process on both databases.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic fails the test")]

mod contract;
mod database_loss;
mod documents;
mod gateways;
mod held_back;
mod kill;
mod limits;
mod process;
mod recorded_events;
mod soak;
mod support;
mod verification;
